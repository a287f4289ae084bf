using System.Globalization;
using Rca.Progress;

namespace Rca.Cli.Progress;

/// <summary>
/// Progress for a log file: a line where a stage begins and ends, and between them a line for every tenth or minute, never two within ten seconds.
/// </summary>
internal sealed class PlainProgress(TextWriter writer, TimeProvider time) : IProgress<StageProgress>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private StageClock? _stage, _whole;
    private TimeSpan _shownAt;
    private long _shownDone;

    public void Report(StageProgress value)
    {
        lock (_gate)
        {
            StageClock.Follow(ref _whole, value, time);
            if (_stage?.Stage != value.Stage)
            {
                _stage = new StageClock(value, time);
                Show(value.Total > 0 ? $"{value.Stage}: {_stage.Count}" : $"{value.Stage} …");
                return;
            }
            var wasDone = IsDone(_stage.Latest);
            _stage.Latest = value;
            if (IsDue(value) || (IsDone(value) && !wasDone))
                Show(Describe());
        }
    }

    private bool IsDue(StageProgress value)
    {
        var quiet = _stage!.Elapsed - _shownAt;
        return quiet >= Longest || (quiet >= Shortest && value.Total > 0 && value.Done - _shownDone >= value.Total / 10.0);
    }

    private static bool IsDone(StageProgress value) => value.Total > 0 && value.Done >= value.Total;

    private string Describe()
    {
        var percent = _stage!.Latest.Total > 0
            ? string.Create(CultureInfo.InvariantCulture, $" ({100.0 * _stage.Latest.Done / _stage.Latest.Total:0} %)")
            : "";
        var detail = _stage.Latest.Detail is { } text ? $", {text}" : "";
        var left = _stage.Left is { } rest && !IsDone(_stage.Latest) ? $", {StageClock.Text(rest)} left" : "";
        var whole = _whole?.Left is { } all ? $"; all stages {StageClock.Text(all)} left" : "";
        return $"{_stage.Stage}: {_stage.Count}{percent}{detail}, {StageClock.Text(_stage.Elapsed)} elapsed{left}{whole}";
    }

    private void Show(string line)
    {
        writer.WriteLine(line);
        _shownAt = _stage!.Elapsed;
        _shownDone = _stage.Latest.Done;
    }
}
