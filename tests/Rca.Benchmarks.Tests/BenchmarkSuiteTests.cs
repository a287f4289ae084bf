using Rca.Labelling;
using Rca.Segmentation;
using Rca.Tests;
using Rca.Torch;

namespace Rca.Benchmarks.Tests;

public sealed class BenchmarkSuiteTests : SingleThread
{
    [Fact]
    public void No_tensor_outlives_it()
    {
        var settings = new BenchmarkSettings
        {
            Width = 40, Height = 30, Pictures = 4, Masks = 4, CrfLabels = [2], MethodPictures = 2, Channels = 8,
            Usual = TinyRuns.Classification, Published = TinyRuns.Classification.AsPaper() with { BatchSize = 2, MemorySize = 4 },
            Labelling = new LabellingOptions { Scales = [1] }, Segmentation = TinyRuns.Segmentation, Prediction = new PredictionOptions { Scales = [1] },
            ShortSeconds = 1e-3, LongSeconds = 1e-3, MostRepeats = 1,
        };
        long before = LiveHandles();

        BenchmarkReport report = BenchmarkSuite.Run(Fp32, settings, progress: null, TestContext.Current.CancellationToken);

        Assert.Equal(before, Tensor.LiveHandles);
        Assert.NotEmpty(report.Rows);
    }
}
