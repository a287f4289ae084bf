using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Torch;

namespace Rca.Tests.Backbones;

/// <summary>A backbone that the library does not know: described once, it is used like any other.</summary>
public sealed class AddedBackboneTests : SingleThread
{
    private const string Name = "patches-of-16";

    static AddedBackboneTests() => Backbone.Add(new BackboneDescription(Name, [1], 32, static (_, _) => new Patches())
    {
        OutputStrides = [16], PictureMultiple = 16, Normalisation = new PictureNormalisation([0.5f, 0.5f, 0.5f], [0.25f, 0.5f, 1]),
        Weights = [new KnownWeights("patches.pth", "nobody", "none")],
    });

    [Fact]
    public void ItsSettingsAreChecked()
    {
        var options = new ClassificationOptions { Backbone = Name, OutputStride = 16, Size = 64 };
        options.Validate();
        string message = Assert.Throws<RcaException>(() => (options with { OutputStride = 8, Size = 40 }).Validate()).Message;
        Assert.Contains("output stride is '8'; expected 16", message);
        Assert.Contains("multiples of 16", message);
        ClassificationOptions usual = new ClassificationOptions().FromWeights("files/patches.pth");
        Assert.Equal((Name, 0), (usual.Backbone, usual.FrozenStages)); // a single stage is not frozen whole
        new ClassificationModel(3, usual).Dispose();
        new Rca.Segmentation.DeepLabV2(4, new Rca.Segmentation.SegmentationOptions().AfterWeights(usual)).Dispose();
        Assert.Throws<ArgumentException>(() => Backbone.Add(Backbone.Describe(Name)));
    }

    [Fact]
    public void ItTrainsAndMapsPicturesOfAnySize()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 48);
        var compute = new Compute("cpu", Precision.Fp32);
        ClassificationOptions options = TinyRuns.Classification with { Backbone = Name, OutputStride = 16, Size = 48, Epochs = 1, StartShare = 0 };
        using var trainer = new ClassificationTrainer(data.Classes.Count, data.Images, options, compute);
        Assert.True(double.IsFinite(trainer.Train(0).Loss));
        var mapper = new Rca.Labelling.ActivationMapper(trainer.Model, 48, new Rca.Labelling.LabellingOptions { Scales = [0.7, 1] }, compute);
        Assert.Equal(50, mapper.Map([new Picture(50, 31, 3)], [[0]])[0].Width);
    }

    /// <summary>The network sees (value / 255 - mean) / deviation by its own means and deviations.</summary>
    [Fact]
    public void ItsPicturesAreNormalisedAsItWants()
    {
        using Backbone net = Backbone.Create(Name, 1, 16);
        var patches = (Patches)net;
        using var batch = new PictureBatch(1, 16, 16, channelsLast: false);
        batch.Set(0, new Picture(16, 16, 3, [.. Enumerable.Repeat((byte[])[255, 51, 0], 256).SelectMany(static pixel => pixel)]));
        net.Forward(batch.Values);
        float[] seen = [.. Enumerable.Range(0, 3).Select(channel => patches.Seen![channel * 256])];
        Assert.Equal([2f, -0.6f, -0.5f], seen.Select(static value => MathF.Round(value, 4)));
    }

    private sealed class Patches : Backbone
    {
        public Patches()
        {
            Channels = 32;
            var conv = Child("conv", new Conv2d(3, 32, kernel: 15, stride: 16));
            Then(x =>
            {
                Assert.All(x.Shape[2..], static side => Assert.Equal(0, side % 16));
                Seen ??= x.ToArray<float>();
                return conv.Forward(x).Relu_();
            });
            EndStage();
        }

        public float[]? Seen { get; private set; }
    }
}
