using Rca.Progress;
using Rca.Reporting;

namespace Rca.Pipelines;

/// <summary>Adds to the progress of one stage the progress of all stages, weighted by the seconds that they are expected to take.</summary>
/// <param name="stage">The stage.</param>
/// <param name="title">The title to show instead of the stage's own, or null.</param>
/// <param name="expected">The seconds of all stages in their order, or null where they are not known.</param>
/// <param name="heard">Receives the progress.</param> (rename the parameter to `receiver` or `progress`)
internal sealed class PartProgress(string stage, string? title, IReadOnlyList<StageTime>? expected, IProgress<StageProgress> heard) : IProgress<StageProgress>
{
    public void Report(StageProgress value)
    {
        if (title is not null) value = value with { Stage = title };
        if (expected is not null && value.Total > 0) value = value with { Whole = Whole(expected, (double)value.Done / value.Total) };
        heard.Report(value);
    }

    private double? Whole(IReadOnlyList<StageTime> stages, double part)
    {
        double all = stages.Sum(static item => item.Seconds), before = stages.TakeWhile(item => item.Name != stage).Sum(static item => item.Seconds);
        double own = stages.FirstOrDefault(item => item.Name == stage)?.Seconds ?? 0;
        return all > 0 ? (before + part * own) / all : null;
    }
}
