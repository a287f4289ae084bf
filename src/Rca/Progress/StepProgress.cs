namespace Rca.Progress;

/// <summary>Progress that is passed on at once, on the reporting thread.</summary>
internal sealed class StepProgress(Action<int> report) : IProgress<int>
{
    public void Report(int value) => report(value);
}
