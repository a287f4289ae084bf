using Rca.Classification;
using Rca.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Theory]
    [InlineData(128, 0.5, 0.8, "64 64 64 64 64 64 64 64 128 128")]
    [InlineData(100, 0.5, 0.15, "48 48 100 100 100 100 100 100 100 100")] // whole cells of 16, and a started epoch to its end
    [InlineData(128, 0.5, 0, "128 128 128 128 128 128 128 128 128 128")]
    [InlineData(128, 0.5, 1, "64 64 64 64 64 64 64 64 64 64")]
    [InlineData(100, 1, 1, "100 100 100 100 100 100 100 100 100 100")]
    [InlineData(44, 0.95, 0.1, "44 44 44 44 44 44 44 44 44 44")] // never above the size
    [InlineData(32, 0.1, 0.1, "16 32 32 32 32 32 32 32 32 32")]
    public void TheRunStartsOnSmallPictures(int size, double scale, double share, string sides)
    {
        var options = new ClassificationOptions { Size = size, StartScale = scale, StartShare = share, Epochs = 10 };
        Assert.Equal(sides, string.Join(' ', Enumerable.Range(0, 10).Select(epoch => options.Augmentation(epoch).Size)));
    }

    [Fact]
    public void OnlyConvolutionsOfTheBackboneMoveByOrthogonalSteps()
    {
        string[] orthogonal = Moved(TinyRuns.Classification, "velocity"), others = Moved(TinyRuns.Classification, "first_moment");
        Assert.Contains("backbone.layer1.0.conv1.weight", orthogonal);
        Assert.All(orthogonal, static name => Assert.Matches(@"^backbone\..*(conv\d|downsample\.0)\.weight$", name));
        Assert.Contains("head1.weight", others);
        Assert.Contains("backbone.bn1.weight", others);
        Assert.Empty(orthogonal.Intersect(others));
        using var model = new ClassificationModel(3, TinyRuns.Classification);
        Assert.Equal(model.Parameters().Count(), orthogonal.Length + others.Length);
    }

    [Fact]
    public void PublicWeightsAreLeftToAdamWAtFullSize()
    {
        ClassificationOptions options = TinyRuns.Classification.FromWeights("x.pth");
        Assert.Equal((1, options.Size, false), (options.Width, options.Augmentation(0).Size, options.Aggregation));
        Assert.True(options.AsRca() is { Contrast: true, Aggregation: true });
        Assert.Equal(("resnet18s", "vgg16", "resnet18-cntk"), (options.Backbone, options.FromWeights("files/vgg16-397923af.pth").Backbone, options.FromWeights("resnet18-cntk").Backbone));
        Assert.Equal(0, options.MatrixRate);
        Assert.Equal(0, new SegmentationOptions().FromWeights("x.pth").MatrixRate);
        Assert.Empty(Moved(options with { Width = 0.125 }, "velocity"));
    }

    [Fact]
    public void TheRateFollowsTheSchedule()
    {
        var options = new ClassificationOptions { Epochs = 30, Schedule = ScheduleKind.Steps, RateSteps = [5, 10] };
        Assert.Equal([1, 1, 0.1, 0.1, 0.01, 0.01], ((double[])[0, 4.99, 5, 9.99, 10, 29]).Select(done => Math.Round(options.RateFactor(done), 10)));
        Assert.Equal(Math.Pow(0.5, 0.9), (options with { Schedule = ScheduleKind.Polynomial }).RateFactor(15), 12);
        Assert.Equal(0.5, (options with { Schedule = ScheduleKind.Cosine }).RateFactor(1.5), 12); // half of the warm-up
        Assert.Contains("number of rate steps is 0", Assert.Throws<RcaException>((options with { RateSteps = [] }).Validate).Message);
    }

    [Fact]
    public void SgdMovesAllWeightsEachAtItsOwnRate()
    {
        ClassificationOptions options = TinyRuns.Classification.AsReleased() with { WeightDecay = 0, LearningRate = 0.01 };
        using var model = new ClassificationModel(3, options);
        var before = Snapshot();
        using OptimizerSet optimizer = TrainingOptimizer.Of(model, options);
        foreach (var (_, value) in model.Parameters())
        {
            value.Grad = null;
            (value * 1).Sum().Backward(); // a gradient of one everywhere
        }
        optimizer.Step(1);
        foreach (var (name, values) in Snapshot())
        {
            // Nesterov's first step is 1 + 0.9 gradients long; biases and normalisation go twice, what is behind the backbone ten times as fast.
            double factor = (name.StartsWith("backbone.", StringComparison.Ordinal) ? 1 : 10) * (model.Parameters().First(item => item.Name == name).Value.Dimensions > 1 ? 1 : 2);
            Assert.All(values.Zip(before[name]), pair => Assert.Equal(-0.019 * factor, pair.First - pair.Second, 1e-5));
        }

        Dictionary<string, float[]> Snapshot() => model.Parameters().ToDictionary(static item => item.Name, static item => item.Value.Detach().ToArray<float>());
    }

    /// <summary>Weights for which the optimiser keeps a state of the given kind.</summary>
    private static string[] Moved(ClassificationOptions options, string state)
    {
        using var model = new ClassificationModel(3, options);
        using OptimizerSet optimizer = TrainingOptimizer.Of(model, options);
        return [.. optimizer.State().Select(static item => item.Name).Where(name => name.EndsWith("." + state, StringComparison.Ordinal)).Select(name => name[2..^(state.Length + 1)])];
    }
}
