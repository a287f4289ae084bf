using Rca.Backbones;
using Rca.Torch;

namespace Rca.Tests.Backbones;

public sealed class RowBandsTests : SingleThread
{
    private const int Channels = 64;

    /// <summary>Heights that end in whole, odd and very short bands; bands as narrow as they get.</summary>
    [Theory]
    [InlineData(1, 600, 400)]
    [InlineData(1, 597, 400)]
    [InlineData(2, 261, 400)]
    [InlineData(1, 49, 8000)]
    public void BandsGiveWhatThePictureGives(int pictures, int height, int width)
    {
        TorchRuntime.Seed(1);
        using var a = new Conv2d(3, Channels, kernel: 3, relu: true);
        using var b = new Conv2d(Channels, Channels, kernel: 3, relu: true);
        Tensor x = Values.Normal(1, pictures, 3, height, width);
        var heights = new List<long>();
        Tensor Layers(Tensor y)
        {
            heights.Add(y.Size(2));
            return b.Forward(a.Forward(y)).MaxPool2d(size: 2, stride: 2, ceil: true);
        }

        using var noGrad = new NoGrad();
        float[] whole = Layers(x).ToArray<float>();
        heights.Clear();
        Tensor banded = RowBands.Pass(x, Channels, Layers);
        Assert.Equal([pictures, Channels, (height + 1) / 2, (width + 1) / 2], banded.Shape);
        Assert.Equal(whole, banded.ToArray<float>());
        Assert.True(heights.Count > 1 && heights.Max() < height, $"bands of {string.Join(", ", heights)} rows");
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

        RowBands.Pass(Tensor.Zeros([1, 3, 600, 400]), Channels, Layers);
        using (new NoGrad()) RowBands.Pass(Tensor.Zeros([1, 3, 200, 400]), Channels, Layers);
        Assert.Equal(2, calls);
    }
}
