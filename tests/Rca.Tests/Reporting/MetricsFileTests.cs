using Rca.Reporting;
using Rca.Training;

namespace Rca.Tests.Reporting;

public sealed class MetricsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsACurveForEachColumn()
    {
        IReadOnlyList<Curve> curves = Read("epoch,loss,tags\n1,0.5,0.25\n2,4e-1,1\n");
        Assert.Equal(["loss", "tags"], curves.Select(static curve => curve.Name));
        Assert.Equal([new(1, 0.5), new(2, 0.4)], curves[0].Points);
        Assert.Equal([new(1, 0.25), new(2, 1)], curves[1].Points);
    }

    [Theory]
    [InlineData("epoch,loss\n1,\n2,0.4\n")]
    [InlineData("epoch,loss\n1,NaN\n2,0.4\n")]
    [InlineData("epoch,loss\n1,broken\n2,0.4\n")]
    [InlineData("epoch,loss\n1\n2,0.4\n")]
    [InlineData("loss,epoch\r\n,1\r\n\r\n0.4,2\r\n")]
    [InlineData("epoch,loss\n2,0.7\nno epoch,3\n1,\n2,0.4,too,many\n")]
    public void DamagedCellsAreGapsAndDamagedRowsAreSkipped(string text) =>
        Assert.Equal([new(1, double.NaN), new(2, 0.4)], Assert.Single(Read(text)).Points);

    [Theory]
    [InlineData("")]
    [InlineData("loss,tags\n1,2\n")]
    [InlineData("\0\u0001\"\n\"\"\"")]
    public void WhatIsNoMetricsFileHasNoCurves(string text) => Assert.Empty(Read(text));

    [Fact]
    public void AMissingFileHasNoCurves()
    {
        Assert.Empty(MetricsFile.Read(_folder.At("none.csv")));
        Assert.Empty(MetricsFile.Read(_folder.Path));
    }

    [Fact]
    public void ChartsGroupWhatARunWritesAndLeaveOutWhatIsEmpty()
    {
        var run = new RunFolder(_folder.Path);
        for (int epoch = 1; epoch <= 2; epoch++)
            run.WriteMetrics(epoch, [("loss", 1.0 / epoch), ("coarse_loss", 0.5), ("contrast_loss", null), ("memory_entries", 0), ("seconds", 3)]);

        IReadOnlyList<Chart> charts = TrainingCharts.Of(run, segmentation: null);
        Chart chart = Assert.Single(charts);
        Assert.Equal(["total", "first maps"], chart.Curves.Select(static curve => curve.Name));
        Assert.Equal([new(1, 1), new(2, 0.5)], chart.Curves[0].Points);
        Assert.Equal(["Classification: loss", "Segmentation: loss (cross entropy)"], TrainingCharts.Of(run, run).Select(static c => c.Title));
        Assert.Empty(TrainingCharts.Of(null, null));
    }

    private IReadOnlyList<Curve> Read(string text) => MetricsFile.Read(_folder.Text("metrics.csv", text));
}
