using Rca.Classification;
using Rca.Imaging;
using Rca.Imaging.Transforms;
using Rca.Labelling;
using Rca.Passes;
using Rca.Torch;

namespace Rca.Tests.Labelling;

public sealed class ActivationMapperTests : SingleThread
{
    private const int Classes = 3;
    private const int Size = 32;
    private static readonly LabellingOptions Several = new() { Scales = [0.5, 1, 1.5] };

    [Theory]
    [InlineData(MapKind.Final)]
    [InlineData(MapKind.Coarse)]
    public void AMirroredPictureHasMirroredMaps(MapKind kind)
    {
        using ClassificationModel model = Model();
        var mapper = new ActivationMapper(model, Size, Several, Fp32);
        Picture picture = Noise(37, 29, 1);
        ActivationMap map = mapper.Map([picture], [[0, 2]], kind)[0];
        ActivationMap mirrored = mapper.Map([PictureTransforms.FlipHorizontally(picture)], [[0, 2]], kind)[0];
        var back = new float[map.Values.Length];
        for (int i = 0; i < back.Length; i++) back[i] = mirrored.Values[i / 37 * 37 + 36 - i % 37];
        // Sums in another order, in float32, and resized bytes that round half away at .5 from either side.
        Values.AssertClose(map.Values, back, 0.01);
    }

    [Fact]
    public void ValuesReachFromZeroToOne()
    {
        using ClassificationModel model = Model();
        ActivationMap map = new ActivationMapper(model, Size, Several, Fp32).Map([Noise(40, 24, 2)], [[0, 1, 2]])[0];
        Assert.Equal((40, 24), (map.Width, map.Height));
        Assert.Equal([0, 1, 2], map.Classes);
        Assert.All(map.Values, static v => Assert.InRange(v, 0, 1));
        for (int t = 0; t < 3; t++) Assert.True(map[t].ToArray().Max() is 0 or 1);
        Assert.Contains(1f, map.Values);
    }

    [Fact]
    public void PicturesTogetherEqualPicturesAlone()
    {
        using ClassificationModel model = Model();
        var mapper = new ActivationMapper(model, Size, Several, Fp32);
        Picture[] pictures = [Noise(32, 24, 1), Noise(32, 24, 2), Noise(32, 24, 3)];
        IReadOnlyList<int>[] tags = [[1], [], [0, 2]];
        ActivationMap[] together = mapper.Map(pictures, tags);
        Assert.Empty(together[1].Values);
        for (int i = 0; i < pictures.Length; i++)
            Values.AssertClose(mapper.Map([pictures[i]], [tags[i]])[0].Values, together[i].Values, 1e-4); // other kernels for another batch size, float32
    }

    [Fact]
    public void ALargePictureIsWorkedOnAtTheLargestSide()
    {
        using ClassificationModel model = Model();
        ActivationMap map = new ActivationMapper(model, Size, new LabellingOptions { Scales = [1], Flip = false }, Fp32).Map([Noise(2048, 300, 1)], [[0]])[0];
        Assert.Equal((MultiScale.MaxSide, 150), (map.Width, map.Height));
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(1, 90)]
    [InlineData(1, 1)]
    public void ThinPicturesHaveMaps(int width, int height)
    {
        using ClassificationModel model = Model();
        ActivationMap map = new ActivationMapper(model, Size, Several, Fp32).Map([Noise(width, height, 1)], [[0]])[0];
        Assert.Equal(width * height, map.Values.Length);
    }

    [Fact]
    public void PositionsThatLookAlikeShareTheirMaps()
    {
        using ClassificationModel model = Model();
        LabellingOptions once = new() { Scales = [1], Flip = false }, shared = once with { AffinityPower = 8 };
        Picture picture = Noise(32, 32, 5);
        float[] alone = new ActivationMapper(model, Size, once, Fp32).Map([picture], [[0, 1]])[0].Values;
        Assert.NotEqual(alone, new ActivationMapper(model, Size, shared, Fp32).Map([picture], [[0, 1]])[0].Values);
        var e = Assert.Throws<RcaException>(() => new ActivationMapper(model, Size, shared with { AffinityStages = [5] }, Fp32).Map([picture], [[0]]));
        Assert.Contains("1 to 4", e.Message);
    }

    [Fact]
    public void WithALearntBackgroundMapsAreProbabilities()
    {
        using ClassificationModel model = Model();
        using PositionClassifier classifier = Classifier(model);
        Picture picture = Noise(32, 24, 5);
        ActivationMap whole = Map(0.1), half = Map(0.05);
        Assert.Equal([0, 2], whole.Classes);
        for (int i = 0; i < 32 * 24; i++)
        {
            Assert.Equal(1, whole.Background![i] + whole[0][i] + whole[1][i], 4);
            // Half of background beside the same classes.
            Assert.Equal(0.5 * whole.Background[i] / (1 - 0.5 * whole.Background[i]), half.Background![i], 4);
        }
        // Where next to nothing is found, the activation maps stay.
        Assert.Null(Map(100).Background);
        Assert.Contains(1f, Map(100).Values);
        ActivationMap first = new ActivationMapper(model, Size, Several, Fp32) { Classifier = classifier }.Map([picture], [[0, 2]], MapKind.Coarse)[0];
        Assert.Null(first.Background); // first maps stay what they are
        Assert.Empty(new ActivationMapper(model, Size, Several, Fp32) { Classifier = classifier }.Map([picture], [[]])[0].Values);

        ActivationMap Map(double weight) => new ActivationMapper(model, Size, Several with { AffinityPower = 8, Background = new() { Weight = weight } }, Fp32) { Classifier = classifier }.Map([picture], [[0, 2]])[0];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void HandlesReturnToTheirStart(double affinity)
    {
        using ClassificationModel model = Model();
        var mapper = new ActivationMapper(model, Size, Several with { AffinityPower = affinity }, Fp32);
        long start = LiveHandles();
        mapper.Map([Noise(20, 20, 1)], [[0]]);
        Assert.Equal(start, Tensor.LiveHandles);

        using PositionClassifier classifier = Classifier(model);
        start = LiveHandles();
        new ActivationMapper(model, Size, Several with { AffinityPower = affinity }, Fp32) { Classifier = classifier }.Map([Noise(20, 20, 1)], [[0]]);
        Assert.Equal(start, Tensor.LiveHandles);
    }

    /// <summary>Learnt from the positions of noise, with random labels.</summary>
    private static PositionClassifier Classifier(ClassificationModel model)
    {
        using var scope = new TensorScope();
        IReadOnlyList<Tensor> stages;
        using (new NoGrad()) stages = model.Backbone.ForwardStages(Values.Normal(3, 1, 3, 64, 64));
        int[] chosen = PositionClassifier.StagesOf([2, 3], stages.Count);
        Tensor features = PositionClassifier.Features(stages, chosen).Flatten(2).Squeeze(0).Transpose(0, 1);
        var random = new Random(2);
        return PositionClassifier.Learn(features, [.. Enumerable.Range(0, (int)features.Size(0)).Select(_ => (long)random.Next(Classes + 1))], Classes + 1, chosen, TestContext.Current.CancellationToken);
    }

    /// <summary>A network whose maps differ, with random prototypes.</summary>
    private static ClassificationModel Model()
    {
        TorchRuntime.Seed(4);
        var model = new ClassificationModel(Classes, TinyRuns.Classification);
        model.Aggregation!.SetPrototypes(Values.Normal(1, Classes, 2, model.Channels), Tensor.Full([Classes, 2], 1));
        return model;
    }

    private static Picture Noise(int width, int height, int seed)
    {
        var picture = new Picture(width, height, 3);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }
}
