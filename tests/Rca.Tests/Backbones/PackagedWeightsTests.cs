using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Rca.Backbones;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Transforms;
using Rca.Torch;
using Tensor = Rca.Torch.Tensor;

namespace Rca.Tests.Backbones;

/// <summary>The weights that come with the set-up, against the package's own file run by ONNX Runtime.</summary>
public sealed class PackagedWeightsTests : SingleThread
{
    private const int Side = 224;

    [Fact]
    public void FeaturesOfADrawnPictureAreThoseOfOnnxRuntime() => Compare([Drawn()]);

    [Fact]
    public void FeaturesOfPhotographsAreThoseOfOnnxRuntime() =>
        Compare([.. Directory.EnumerateFiles(SharedData.Need("coco128/images")).Order(StringComparer.Ordinal).Take(4).Select(static path => Resampler.Resize(PictureFile.ReadRgb(path), Side, Side))]);

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void TheyFitTheDilatedNetworksToo(int stride)
    {
        using Backbone net = Loaded(stride);
        using var noGrad = new NoGrad();
        Assert.Equal([1L, 512, Side / stride, Side / stride], net.Forward(Input(Drawn())).Shape);
    }

    [Fact]
    public void AMissingPackageIsAClearErrorThatOffersToStartFromNothing()
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<RcaException>(() => PackagedWeights.Convert(folder.At("none.onnx"), folder.At("weights.safetensors")));
        Assert.Contains("--weights none", e.Message);
        Assert.Contains(PackagedWeights.Package, e.Message);
    }

    [Fact]
    public void AnotherFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("other.onnx"), "not it");
        var e = Assert.Throws<RcaException>(() => PackagedWeights.Convert(folder.At("other.onnx"), folder.At("weights.safetensors")));
        Assert.Contains("SHA-256", e.Message);
        Assert.False(File.Exists(folder.At("weights.safetensors")));
    }

    private static void Compare(IReadOnlyList<Picture> pictures)
    {
        using InferenceSession session = Session();
        using Backbone net = Loaded(32);
        using var noGrad = new NoGrad();
        foreach (Picture picture in pictures)
        {
            float[] ours = net.Forward(Input(picture)).ToArray<float>();
            using var results = session.Run([NamedOnnxValue.CreateFromTensor("Input247", Theirs(picture))]);
            float[] theirs = [.. results[0].AsEnumerable<float>()];
            Assert.Equal(theirs.Length, ours.Length);
            float largest = theirs.Max(), worst = theirs.Zip(ours, static (a, b) => Math.Abs(a - b)).Max();
            Assert.True(worst <= 1e-4 * largest, $"{worst} of {largest}");
        }
    }

    private static Backbone Loaded(int stride)
    {
        Backbone net = Backbone.Create(PackagedWeights.Name, 1, stride);
        PublicWeights.Load(net, PackagedWeights.Name);
        net.Train(false);
        return net;
    }

    private static Tensor Input(Picture picture)
    {
        var batch = new PictureBatch(1, picture.Width, picture.Height, channelsLast: false);
        batch.Set(0, picture);
        return batch.Values;
    }

    /// <summary>Blue, green and red from 0 to 255 minus the mean.</summary>
    private static DenseTensor<float> Theirs(Picture picture)
    {
        var values = new DenseTensor<float>([1, 3, Side, Side]);
        for (int at = 0; at < Side * Side; at++)
            for (int channel = 0; channel < 3; channel++)
                values.Buffer.Span[channel * Side * Side + at] = picture.Pixels[3 * at + 2 - channel] - 255 * PackagedWeights.Mean[2 - channel];
        return values;
    }

    /// <summary>The package's network up to its last feature map, which its own output averages.</summary>
    private static InferenceSession Session()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(PackagedWeights.PackagePath));
        ValueInfoProto output = model.Graph.Output[0];
        output.Name = model.Graph.Node[^1].Input[0];
        foreach (var dimension in output.Type.TensorType.Shape.Dim.Skip(2)) dimension.DimValue = Side / 32;
        model.Graph.Node.RemoveAt(model.Graph.Node.Count - 1);
        using var stream = new MemoryStream();
        using (var coded = new Google.Protobuf.CodedOutputStream(stream, leaveOpen: true)) model.WriteTo(coded);
        return new InferenceSession(stream.ToArray());
    }

    /// <summary>Smooth colours, and noise.</summary>
    private static Picture Drawn()
    {
        var random = new Random(3);
        var pixels = new byte[Side * Side * 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)Math.Clamp(127 + 90 * Math.Sin(i / 3 % Side * 0.05 + i % 3) * Math.Cos(i / 3 / Side * 0.03) + random.Next(-30, 30), 0, 255);
        return new Picture(Side, Side, 3, pixels);
    }
}
