using Rca.Progress;
using Rca.Reporting;

namespace Rca.Pipelines;

/// <summary>Adds to the progress of one stage how far all stages have come, by the seconds that they are expected to take.</summary>
/// <param name="stage">The stage.</param>
/// <param name="title">What the stage is called in place of what it calls itself, or null.</param>
/// <param name="expected">The seconds of all stages in their order, or null where they are not known.</param>
/// <param name="heard">Hears it.</param>
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
