using System.Globalization;
using Rca.Runs;

namespace Rca.Cli.Progress;

/// <summary>
/// Progress for a log file: a line where a stage begins and ends, and between them a line for every tenth or minute, never two within ten seconds.
/// </summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time) : IProgress<StageProgress>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private StageClock? stage;
    private TimeSpan shownAt;
    private long shownDone;

    public void Report(StageProgress value)
    {
        lock (gate)
        {
            if (stage?.Stage != value.Stage)
            {
                stage = new StageClock(value, time);
                Show(value.Total > 0 ? $"{value.Stage}: {stage.Count}" : $"{value.Stage} …");
                return;
            }
            var wasDone = IsDone(stage.Latest);
            stage.Latest = value;
            if (IsDue(value) || (IsDone(value) && !wasDone))
                Show(Describe());
        }
    }

    private bool IsDue(StageProgress value)
    {
        var quiet = stage!.Elapsed - shownAt;
        return quiet >= Longest || (quiet >= Shortest && value.Total > 0 && value.Done - shownDone >= value.Total / 10.0);
    }

    private static bool IsDone(StageProgress value) => value.Total > 0 && value.Done >= value.Total;

    private string Describe()
    {
        var percent = stage!.Latest.Total > 0
            ? string.Create(CultureInfo.InvariantCulture, $" ({100.0 * stage.Latest.Done / stage.Latest.Total:0} %)")
            : "";
        var detail = stage.Latest.Detail is { } text ? $", {text}" : "";
        var left = stage.Left is { } rest && !IsDone(stage.Latest) ? $", {StageClock.Text(rest)} left" : "";
        return $"{stage.Stage}: {stage.Count}{percent}{detail}, {StageClock.Text(stage.Elapsed)} elapsed{left}";
    }

    private void Show(string line)
    {
        writer.WriteLine(line);
        shownAt = stage!.Elapsed;
        shownDone = stage.Latest.Done;
    }
}
