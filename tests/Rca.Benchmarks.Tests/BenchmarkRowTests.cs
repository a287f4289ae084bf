namespace Rca.Benchmarks.Tests;

public sealed class BenchmarkRowTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5, 5, 5, 0)]
    [InlineData(new[] { 3.0, 1 }, 2, 1.5, 2.5, 0.25)]
    [InlineData(new[] { 9.0, 1, 2, 4, 3 }, 3, 2, 4, 1 / 3.0)] // one outlier changes nothing
    public void Median_and_quartiles(double[] seconds, double median, double lower, double upper, double spread)
    {
        var row = BenchmarkRow.Of("work", "picture", seconds);

        Assert.Equal((median, lower, upper), (row.Seconds, row.LowerQuartile, row.UpperQuartile));
        Assert.Equal(spread, row.Spread, 1e-12);
        Assert.Equal(seconds.Length, row.Repeats);
        Assert.True(row.PeakMemoryBytes > 1_000_000);
    }
}
