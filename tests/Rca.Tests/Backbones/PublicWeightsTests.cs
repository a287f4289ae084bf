using Rca.Backbones;
using Rca.Classification;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Segmentation;
using Rca.Tests.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Backbones;

public sealed class PublicWeightsTests : SingleThread
{
    [Fact]
    public void ClassifiersAndCountersAreLeftOut()
    {
        using var folder = new TemporaryFolder();
        using Backbone source = Backbone.Create("resnet18", 0.125), net = Backbone.Create("resnet18", 0.125);
        ReferenceWeights.Fill(source);
        string path = Write(folder, source.State(), ("fc.weight", Tensor.Zeros([10, 64])), ("fc.bias", Tensor.Zeros([10])),
            ("bn1.num_batches_tracked", Tensor.Zeros([], DType.Int64)));
        PublicWeights.Load(net, path);
        AssertSame(source, net);
    }

    [Fact]
    public void AFileOfAnotherNetworkIsNamedAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        using Backbone source = Backbone.Create("vgg16", 0.125), net = Backbone.Create("vgg16", 0.125), before = Backbone.Create("vgg16", 0.125);
        ReferenceWeights.Fill(net);
        ReferenceWeights.Fill(before);
        string path = Write(folder, source.State().Where(static item => item.Name != "features.28.bias"), ("features.29.weight", Tensor.Zeros([1])));
        string message = Assert.Throws<StateMismatchException>(() => PublicWeights.Load(net, path)).Message;
        Assert.StartsWith(path, message);
        Assert.Matches(@"missing +features\.28\.bias +\[64\]", message);
        Assert.Matches(@"unexpected +features\.29\.weight", message);
        AssertSame(before, net);
        Assert.Contains("width 1", Assert.Throws<StateMismatchException>(() => PublicWeights.Load(Backbone.Create("vgg16", 0.25), path)).Message);
        Assert.Throws<WeightFileException>(() => PublicWeights.Load(net, folder.At("nowhere.safetensors")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("base.")] // the multi-scale wrapper
    [InlineData("module.base.")]
    public void DeepLabsNamesStartABackboneOfOurs(string prefix)
    {
        using var folder = new TemporaryFolder();
        using var net = Backbone.Create("resnet101-caffe", 0.125);
        string path = WriteDeepLab(folder, net, prefix, labels: 5);
        PublicWeights.Load(net, path);
        var own = net.State().ToDictionary(static item => item.Name, static item => item.Value);
        Assert.True(own["layer4.2.bn2.weight"].ElementsEqual(ReferenceWeights.Make("layer5.block3.conv3x3.bn.weight", own["layer4.2.bn2.weight"].Shape)));
        Assert.True(own["layer2.0.downsample.0.weight"].ElementsEqual(ReferenceWeights.Make("layer3.block1.shortcut.conv.weight", own["layer2.0.downsample.0.weight"].Shape)));
    }

    [Fact]
    public void AWholeDeepLabComesWithItsBranches()
    {
        using var folder = new TemporaryFolder();
        using var net = new DeepLabV2(5, new SegmentationOptions { Backbone = "resnet101-caffe", Width = 0.125, Size = 321 });
        net.LoadPublic(WriteDeepLab(folder, net.Backbone, "base.", labels: 5));
        Tensor branch = net.State().Single(static item => item.Name == "aspp.3.weight").Value;
        Assert.True(branch.ElementsEqual(ReferenceWeights.Make("aspp.c3.weight", branch.Shape)));
        string other = WriteDeepLab(folder, net.Backbone, "base.", labels: 6);
        Assert.Contains("aspp.0.weight", Assert.Throws<StateMismatchException>(() => net.LoadPublic(other)).Message);
    }

    /// <summary>A picture in blue, green, red minus Caffe's mean through the public stem equals ours, normalised, through the changed one.</summary>
    [Fact]
    public void CaffesStemTakesOurPictures()
    {
        using var folder = new TemporaryFolder();
        using var net = Backbone.Create("resnet101-caffe", 0.125);
        using WeightFile file = Safetensors.Read(WriteDeepLab(folder, net, "", labels: 5));
        Dictionary<string, Tensor> ours = PublicWeights.Translate(file, "file");
        Tensor rgb = (Values.Normal(1, 1, 3, 32, 32) * 50 + 120).ClampMin(0); // 0..255
        Tensor caffe = (rgb - Channels(122.675f, 116.669f, 104.008f)).Flip(1);
        Tensor normalised = (rgb * (1 / 255.0) - Channels([.. PictureNormalisation.ImageNet.Mean])) / Channels([.. PictureNormalisation.ImageNet.Deviation]);
        float[] expected = Inside(caffe, file.Tensors["layer1.conv1.conv.weight"], file.Tensors["layer1.conv1.bn.running_mean"]);
        Values.AssertClose(expected, Inside(normalised, ours["conv1.weight"], ours["bn1.running_mean"]), 1e-5 * expected.Max());

        static Tensor Channels(params float[] values) => Tensor.From(values, 1, 3, 1, 1);
        static float[] Inside(Tensor x, Tensor weight, Tensor mean) => (x.Conv2d(weight, null, stride: 2) - mean.Reshape(1, -1, 1, 1)).ToArray<float>();
    }

    [Fact]
    public void BothTrainingsStartFromTheFile()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        using var source = Backbone.Create("resnet18s", 0.125);
        ReferenceWeights.Fill(source);
        string path = Write(folder, source.State());
        // A rate too small to move a float32 weight.
        ClassificationOptions first = TinyRuns.Classification with { Epochs = 1, LearningRate = 1e-8, MatrixRate = 0, WeightDecay = 0, Weights = path };
        RunFolder run = new(folder.At("run")), segmentation = new(folder.At("segmentation"));
        TinyRuns.Train(data, run, first, Fp32);
        using (Classifier classifier = Classifier.Load(run, Fp32)) AssertStarted(classifier.Model.Backbone);
        File.Delete(path); // a run that goes on has its own weights
        Assert.Equal(1, TinyRuns.Train(data, run, first, Fp32).EpochsBefore);

        SegmentationOptions second = TinyRuns.Segmentation with { Epochs = 1, LearningRate = 1e-8, MatrixRate = 0, WeightDecay = 0, Weights = path };
        Assert.Throws<WeightFileException>(() => TinyRuns.Train(data, folder.At("masks"), segmentation, second, Fp32));
        Write(folder, source.State());
        TinyRuns.Train(data, folder.At("masks"), segmentation, second, Fp32);
        using (Segmenter segmenter = Segmenter.Load(segmentation, new PredictionOptions(), Fp32)) AssertStarted(segmenter.Model.Backbone);

        void AssertStarted(Backbone trained)
        {
            var expected = source.Parameters().ToDictionary(static item => item.Name, static item => item.Value);
            foreach (var (name, value) in trained.Parameters()) Values.AssertClose(expected[name].ToArray<float>(), value.ToArray<float>(), 1e-6);
        }
    }

    private static string Write(TemporaryFolder folder, IEnumerable<(string, Tensor)> weights, params (string, Tensor)[] more)
    {
        string path = folder.At("weights.safetensors");
        Safetensors.Write(path, weights.Concat(more));
        return path;
    }

    /// <summary>A file with deeplab-pytorch's names and the shapes of a backbone of ours.</summary>
    private static string WriteDeepLab(TemporaryFolder folder, Backbone net, string prefix, int labels)
    {
        var shapes = net.State().ToDictionary(static item => item.Name, static item => item.Value.Shape);
        return Write(folder, PublicDeepLabTests.PublicNames(3, 4, 23, 3).Select(name => (prefix + name, ReferenceWeights.Make(name,
            !name.StartsWith("aspp.", StringComparison.Ordinal) ? shapes[PublicWeights.OurName(name)]
            : name.EndsWith(".bias", StringComparison.Ordinal) ? [labels] : [labels, net.Channels, 3, 3]))));
    }

    private static void AssertSame(Module expected, Module actual)
    {
        var values = actual.State().ToDictionary(static item => item.Name, static item => item.Value);
        foreach (var (name, value) in expected.State()) Assert.True(value.ElementsEqual(values[name]), name);
    }
}
