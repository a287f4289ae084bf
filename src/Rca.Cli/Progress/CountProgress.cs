using Rca.Runs;

namespace Rca.Cli.Progress;

/// <summary>Shows a plain count as the progress of one stage.</summary>
internal sealed class CountProgress(string stage, IProgress<StageProgress> display) : IProgress<(int Done, int Total)>
{
    public void Report((int Done, int Total) value) => display.Report(new StageProgress(stage, value.Done, value.Total));
}
