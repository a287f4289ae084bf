using System.Collections.Concurrent;
using Rca.Progress;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rca.Cli.Progress;

/// <summary>Progress for a person: one moving bar for each stage.</summary>
internal sealed class BarProgress(TimeProvider time) : IProgress<StageProgress>
{
    // The bars are drawn on a thread of their own.
    private readonly ConcurrentDictionary<int, StageClock> _clocks = new();
    private readonly Lock _gate = new();
    private ProgressContext? _context;
    private ProgressTask? _bar;
    private StageClock? _stage, _whole;
    private ProgressTask? _wholeBar;

    /// <summary>Stage, bar, count, figure, elapsed and left.</summary>
    public ProgressColumn[] Columns =>
    [
        new TaskDescriptionColumn { Alignment = Justify.Left },
        new ProgressBarColumn { Width = 24 },
        new ClockColumn(_clocks, clock => clock == _whole ? "" : clock.Count),
        new ClockColumn(_clocks, clock => clock.Latest.Detail ?? ""),
        new ClockColumn(_clocks, clock => $"{StageClock.Text(clock.Elapsed)}"),
        new ClockColumn(_clocks, clock => clock.Left is { } left && left > TimeSpan.Zero ? $"{StageClock.Text(left)} left" : ""),
    ];

    /// <summary>Where the bars appear; to be set before the first report.</summary>
    public void DrawOn(ProgressContext place) => _context = place;

    public void Report(StageProgress value)
    {
        lock (_gate)
        {
            if (_stage?.Stage != value.Stage)
                Begin(value);
            _stage!.Latest = value;
            _bar!.IsIndeterminate = value.Total <= 0;
            _bar.MaxValue = Math.Max(1, value.Total);
            _bar.Value = value.Done;
            FollowWhole(value);
        }
    }

    /// <summary>Ends all bars as finished.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            Finish(_bar);
            Finish(_wholeBar);
        }
    }

    private static void Finish(ProgressTask? bar)
    {
        if (bar is null)
            return;
        bar.IsIndeterminate = false;
        bar.Value = bar.MaxValue;
        bar.StopTask();
    }

    /// <summary>All stages together have a bar of their own, above the others.</summary>
    private void FollowWhole(StageProgress value)
    {
        StageClock.Follow(ref _whole, value, time);
        if (_whole is null)
            return;
        if (_wholeBar is null)
        {
            _wholeBar = _context!.AddTaskAt(Markup.Escape(_whole.Stage), 0);
            _wholeBar.MaxValue = _whole.Latest.Total;
            _clocks[_wholeBar.Id] = _whole;
        }
        _wholeBar.Value = _whole.Latest.Done;
    }

    private void Begin(StageProgress value)
    {
        Finish(_bar);
        _stage = new StageClock(value, time);
        _bar = _context!.AddTask(Markup.Escape(value.Stage));
        _clocks[_bar.Id] = _stage;
    }

    private sealed class ClockColumn(ConcurrentDictionary<int, StageClock> clocks, Func<StageClock, string> text) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(clocks.TryGetValue(task.Id, out var clock) ? text(clock) : "");
    }
}
