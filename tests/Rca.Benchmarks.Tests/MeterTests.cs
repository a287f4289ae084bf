using Rca.Progress;

namespace Rca.Benchmarks.Tests;

public sealed class MeterTests
{
    [Theory]
    [InlineData(0, 1)] // a warm-up and one that counts, whatever the time
    [InlineData(1e6, 5)]
    public void The_first_run_warms_up(double seconds, int counted)
    {
        int runs = 0;

        double[][] parts = new Meter(seconds, mostRepeats: 5, progress: null, TestContext.Current.CancellationToken).Repeat("work", seconds, () => [++runs]);

        Assert.Equal(counted + 1, runs);
        Assert.Equal(Enumerable.Range(2, counted).Select(static run => (double)run), parts.Select(static part => part[0]));
    }

    [Fact]
    public void Progress_ends_at_a_hundred()
    {
        var heard = new Reports();
        var meter = new Meter(total: 4, mostRepeats: 2, heard, TestContext.Current.CancellationToken);

        meter.Repeat("first", "run", seconds: 1, count: 1, static () => { });
        meter.Repeat("second", "run", seconds: 3, count: 1, static () => { });

        Assert.Equal(["first", "second"], heard.All.Select(static report => report.Detail).Distinct());
        Assert.Equal(heard.All.Select(static report => report.Done).Order(), heard.All.Select(static report => report.Done));
        Assert.Contains(heard.All, static report => report.Done == 25);
        Assert.Equal(100, heard.All[^1].Done);
    }

    [Fact]
    public void Work_is_divided_by_its_count()
    {
        var meter = new Meter(total: 0, mostRepeats: 1, progress: null, TestContext.Current.CancellationToken);

        var row = meter.Repeat("work", "item", seconds: 0, count: 1000, static () => Thread.Sleep(20));

        Assert.InRange(row.Seconds, 20e-6, 19e-3); // a sleep is never shorter
        Assert.Equal((1, "item"), (row.Repeats, row.Per));
    }

    [Fact]
    public void It_stops_between_runs()
    {
        using var source = new CancellationTokenSource();
        int runs = 0;

        Assert.Throws<OperationCanceledException>(() => new Meter(1e6, 100, progress: null, source.Token).Repeat("work", 1e6, () =>
        {
            if (++runs == 3) source.Cancel();
            return [0];
        }));
        Assert.Equal(3, runs);
    }

    private sealed class Reports : IProgress<StageProgress>
    {
        public List<StageProgress> All { get; } = [];

        public void Report(StageProgress value) => All.Add(value);
    }
}
