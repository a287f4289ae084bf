using Rca.Data.Loading;
using Rca.Imaging;

namespace Rca.Tests.Data.Loading;

public sealed class PictureBatchTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ValuesAreNormalisedWhateverTheLayout(bool channelsLast)
    {
        const int count = 3, width = 5, height = 4;
        Picture[] pictures = [.. Enumerable.Range(0, count).Select(static _ => new Picture(width, height, 3))];
        for (int k = 0; k < count; k++) new Random(k).NextBytes(pictures[k].Pixels);
        using var batch = new PictureBatch(count, width, height, channelsLast);
        for (int k = 0; k < count; k++) batch.Set(k, pictures[k]);

        float[] values = batch.Values.ToArray<float>();
        float[] expected = [.. from picture in pictures
                               from c in Enumerable.Range(0, 3)
                               from i in Enumerable.Range(0, width * height)
                               select (picture.Pixels[3 * i + c] / 255f - PictureNormalisation.ImageNet.Mean[c]) / PictureNormalisation.ImageNet.Deviation[c]];
        Assert.Equal([count, 3, height, width], batch.Values.Shape);
        Assert.Equal(expected, values);
        batch.Values.Edit<float>(memory => Assert.Equal(channelsLast ? expected[width * height] : expected[1], memory[1])); // the first pixel's green, or the second's red
    }

    [Fact]
    public void AnotherSizeIsRefused()
    {
        using var batch = new PictureBatch(1, 4, 4, channelsLast: false);
        Assert.Throws<ArgumentException>(() => batch.Set(0, new Picture(4, 5, 3)));
        Assert.Throws<ArgumentException>(() => batch.Set(0, new Picture(4, 4, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Set(1, new Picture(4, 4, 3)));
    }
}
