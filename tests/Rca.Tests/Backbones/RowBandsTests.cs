using System.Runtime.Intrinsics.X86;
using Rca.Backbones;
using Rca.Torch;

namespace Rca.Tests.Backbones;

public sealed class RowBandsTests : SingleThread
{
    private const int Channels = 64;

    /// <summary>Heights that end in whole and in odd bands, more pictures than one, and the lowest bands.</summary>
    [Theory]
    [InlineData(2, 1, 600, 400)]
    [InlineData(2, 1, 597, 400)]
    [InlineData(2, 2, 261, 400)]
    [InlineData(2, 1, 67, 8000)]
    [InlineData(3, 1, 597, 400)]
    [InlineData(3, 1, 129, 3000)]
    public void BandsGiveWhatThePictureGives(int convolutions, int pictures, int height, int width)
    {
        TorchRuntime.Seed(1);
        Conv2d[] convs = [.. Enumerable.Range(0, convolutions).Select(static _ => new Conv2d(Channels, Channels, kernel: 3, relu: true))];
        Tensor x = Values.Normal(1, pictures, Channels, height, width);
        var heights = new List<long>();
        Tensor Layers(Tensor y)
        {
            heights.Add(y.Size(2));
            return convs.Aggregate(y, static (z, conv) => conv.Forward(z)).MaxPool2d(size: 2, stride: 2, ceil: true);
        }

        using var noGrad = new NoGrad();
        Tensor whole = Layers(x);
        heights.Clear();
        AssertSame(whole, RowBands.Pass(x, Channels, convolutions, Layers));
        Assert.True(heights.Count > 1 && heights.Max() < height, $"bands of {string.Join(", ", heights)} rows");
        foreach (Conv2d conv in convs) conv.Dispose();
    }

    /// <summary>At this size three stages go in bands; with a gradient none does.</summary>
    [Fact]
    public void Vgg16GivesTheSameInBands()
    {
        using var net = Backbone.Create("vgg16", 1);
        Tensor x = Values.Normal(1, 1, 3, 650, 645);
        Tensor whole = net.Forward(x);
        using var noGrad = new NoGrad();
        AssertSame(whole, net.Forward(x));
    }

    [Fact]
    public void WithAGradientAndForSmallPicturesThereIsOneBand()
    {
        int calls = 0;
        Tensor Layers(Tensor y)
        {
            calls++;
            return y;
        }

        RowBands.Pass(Tensor.Zeros([1, 3, 600, 400]), Channels, 2, Layers);
        using (new NoGrad()) RowBands.Pass(Tensor.Zeros([1, 3, 200, 400]), Channels, 2, Layers);
        Assert.Equal(2, calls);
    }

    private static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        float difference = expected.ToArray<float>().Zip(actual.ToArray<float>(), static (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(difference, 0, Fma.IsSupported ? 0 : 1e-5f);
    }
}
