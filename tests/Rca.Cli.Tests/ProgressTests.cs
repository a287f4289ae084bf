using Rca.Cli.Progress;
using Rca.Progress;

namespace Rca.Cli.Tests;

public sealed class ProgressTests
{
    [Fact]
    public void A_log_gets_a_line_for_each_tenth_but_never_two_within_ten_seconds()
    {
        // 100 s of steady work: a tenth takes ten seconds.
        var lines = Log(1000, TimeSpan.FromSeconds(0.1));

        Assert.Equal(11, lines.Length);
        Assert.Equal("training: 0/1000", lines[0]);
        Assert.Equal("training: 200/1000 (20 %), loss 0.41, 0:20 elapsed, 1:20 left", lines[2]);
        Assert.Equal("training: 1000/1000 (100 %), loss 0.41, 1:40 elapsed", lines[^1]);
    }

    [Fact]
    public void Quick_work_gets_its_first_and_last_line() => Assert.Equal(2, Log(1000, TimeSpan.FromMilliseconds(1)).Length);

    [Fact]
    public void Slow_work_gets_a_line_every_minute()
    {
        // A tenth takes 1,000 s.
        var lines = Log(100, TimeSpan.FromSeconds(100));

        Assert.Equal(101, lines.Length);
        Assert.Contains("2:45:00 left", lines[1]);
    }

    [Fact]
    public void Each_stage_is_measured_by_itself()
    {
        var (clock, writer) = (new ManualClock(), new StringWriter());
        var progress = new PlainProgress(writer, clock);

        progress.Report(new StageProgress("training", 0, 10));
        clock.Advance(TimeSpan.FromMinutes(5));
        progress.Report(new StageProgress("labelling", 0, 10));
        clock.Advance(TimeSpan.FromSeconds(20));
        progress.Report(new StageProgress("labelling", 5, 10));

        Assert.EndsWith("labelling: 5/10 (50 %), 0:20 elapsed, 0:20 left\n", writer.ToString());
    }

    [Fact]
    public void What_an_earlier_run_did_has_no_part_in_the_pace()
    {
        var clock = new ManualClock();
        var stage = new StageClock(new StageProgress("training", 90, 100), clock);

        clock.Advance(TimeSpan.FromSeconds(10));
        stage.Latest = new StageProgress("training", 95, 100);

        Assert.Equal(TimeSpan.FromSeconds(10), stage.Left);
    }

    [Fact]
    public void Without_a_known_end_there_is_a_count_and_no_time_left()
    {
        var (clock, writer) = (new ManualClock(), new StringWriter());
        var progress = new PlainProgress(writer, clock);

        progress.Report(new StageProgress("reading", 0, 0));
        clock.Advance(TimeSpan.FromMinutes(2));
        progress.Report(new StageProgress("reading", 500, 0));

        Assert.Equal("reading …\nreading: 500, 2:00 elapsed\n", writer.ToString());
    }

    [Fact]
    public void A_terminal_gets_a_bar_with_count_and_figure()
    {
        var error = new StringWriter();
        var terminal = new Terminal(TextWriter.Null, error, ErrorIsTerminal: true);

        var result = ProgressDisplay.Run(terminal, new ManualClock(), progress =>
        {
            progress.Report(new StageProgress("training", 1, 4, "loss 0.41"));
            progress.Report(new StageProgress("[labelling]", 4, 4));
            return 7;
        });

        Assert.Equal(7, result);
        Assert.Contains("training", error.ToString());
        Assert.Contains("[labelling]", error.ToString());
        Assert.Contains("4/4", error.ToString());
        Assert.Contains("loss 0.41", error.ToString());
    }

    private static string[] Log(int total, TimeSpan step)
    {
        var (clock, writer) = (new ManualClock(), new StringWriter());
        var progress = new PlainProgress(writer, clock);
        progress.Report(new StageProgress("training", 0, total, "loss 0.41"));
        for (var done = 1; done <= total; done++)
        {
            clock.Advance(step);
            progress.Report(new StageProgress("training", done, total, "loss 0.41"));
        }
        return writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class ManualClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Advance(TimeSpan time) => now += time.Ticks;
    }
}
