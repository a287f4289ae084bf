namespace Rca.Progress;

/// <summary>Reports a plain count as the progress of one stage.</summary>
/// <param name="stage">What is being done.</param>
/// <param name="heard">Receives the progress, or null.</param> (rename likewise)
public sealed class CountProgress(string stage, IProgress<StageProgress>? heard) : IProgress<(int Done, int Total)>
{
    /// <inheritdoc/>
    public void Report((int Done, int Total) value) => heard?.Report(new StageProgress(stage, value.Done, value.Total));
}
