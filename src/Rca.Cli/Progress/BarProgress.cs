using System.Collections.Concurrent;
using Rca.Runs;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rca.Cli.Progress;

/// <summary>Progress for a person: one moving bar for each stage.</summary>
internal sealed class BarProgress(TimeProvider time) : IProgress<StageProgress>
{
    // The bars are drawn on a thread of their own.
    private readonly ConcurrentDictionary<int, StageClock> clocks = new();
    private readonly Lock gate = new();
    private ProgressContext? context;
    private ProgressTask? bar;
    private StageClock? stage;

    /// <summary>Stage, bar, count, figure, elapsed and left.</summary>
    public ProgressColumn[] Columns =>
    [
        new TaskDescriptionColumn { Alignment = Justify.Left },
        new ProgressBarColumn { Width = 24 },
        new ClockColumn(clocks, clock => clock.Count),
        new ClockColumn(clocks, clock => clock.Latest.Detail ?? ""),
        new ClockColumn(clocks, clock => $"{StageClock.Text(clock.Elapsed)}"),
        new ClockColumn(clocks, clock => clock.Left is { } left && left > TimeSpan.Zero ? $"{StageClock.Text(left)} left" : ""),
    ];

    /// <summary>Where the bars appear; to be set before the first report.</summary>
    public void DrawOn(ProgressContext place) => context = place;

    public void Report(StageProgress value)
    {
        lock (gate)
        {
            if (stage?.Stage != value.Stage)
                Begin(value);
            stage!.Latest = value;
            bar!.IsIndeterminate = value.Total <= 0;
            bar.MaxValue = Math.Max(1, value.Total);
            bar.Value = value.Done;
        }
    }

    /// <summary>Ends the last bar as finished.</summary>
    public void Finish()
    {
        lock (gate)
        {
            if (bar is null)
                return;
            bar.IsIndeterminate = false;
            bar.Value = bar.MaxValue;
            bar.StopTask();
        }
    }

    private void Begin(StageProgress value)
    {
        Finish();
        stage = new StageClock(value, time);
        bar = context!.AddTask(Markup.Escape(value.Stage));
        clocks[bar.Id] = stage;
    }

    private sealed class ClockColumn(ConcurrentDictionary<int, StageClock> clocks, Func<StageClock, string> text) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(clocks.TryGetValue(task.Id, out var clock) ? text(clock) : "");
    }
}
