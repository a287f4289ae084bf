using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Masks;

namespace Rca.Tests.Data.Loading;

public sealed class AugmentationTests
{
    /// <summary>A white block labelled 1 on black: wherever scale, crop and mirror take it, picture and labels agree.</summary>
    [Fact]
    public void LabelsMoveWithThePicture()
    {
        const int side = 48;
        var picture = new Picture(side, 36, 3);
        var labels = new LabelMap(side, 36);
        for (int y = 6; y < 14; y++)
            for (int x = 4; x < 12; x++)
            {
                labels.Labels[y * side + x] = 1;
                picture.Pixels.AsSpan(3 * (y * side + x), 3).Fill(255);
            }
        var augmentation = new Augmentation(32, 0.6, 1.6, Jitter: 0, Hue: 0);
        int left = 0, right = 0, seen = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var (changed, moved) = augmentation.Apply(picture, labels, new Random(seed));
            Assert.Equal((32, 32, 32, 32), (changed.Width, changed.Height, moved!.Width, moved.Height));
            int[] marked = [.. Enumerable.Range(0, 32 * 32).Where(i => moved.Labels[i] == 1)];
            // Antialiased edges are grey: inside the labelled block, one pixel from its edge, all is white, and what is white is labelled.
            foreach (int i in Enumerable.Range(0, 32 * 32)) if (changed.Pixels[3 * i] > 200) Assert.Equal(1, moved.Labels[i]);
            foreach (int i in marked) if (moved.Labels[i] == 1) Assert.True(changed.Pixels[3 * i] > 50, $"seed {seed}, pixel {i}");
            if (marked.Length == 0) continue;
            seen++;
            if (marked.Average(static i => i % 32) < 12) left++;
            if (marked.Average(static i => i % 32) > 20) right++;
        }
        Assert.True(seen > 30 && left > 0 && right > 0, $"{seen} seen, {left} left, {right} right"); // mirrored now and then
    }

    [Fact]
    public void ASquashedPictureIsWholeAndInPlace()
    {
        var picture = new Picture(40, 20, 3);
        var labels = new LabelMap(40, 20);
        for (int i = 0; i < labels.Labels.Length; i++) labels.Labels[i] = (ushort)(i % 40 < 20 ? 1 : 2);
        var augmentation = new Augmentation(16, 1, 1, 0, 0, Squash: true, Mirror: false);
        for (int seed = 0; seed < 10; seed++)
        {
            LabelMap moved = augmentation.Apply(picture, labels, new Random(seed)).Labels!;
            Assert.Equal((16, 16), (moved.Width, moved.Height));
            Assert.All(Enumerable.Range(0, 256), i => Assert.Equal(i % 16 < 8 ? 1 : 2, moved.Labels[i]));
        }
    }

    [Fact]
    public void PaddingIsTheMeanColourAndIgnored()
    {
        var (changed, labels) = new Augmentation(32, 0.5, 0.5, 0, 0).Apply(new Picture(20, 20, 3), new LabelMap(20, 20), new Random(1));
        Assert.Equal(32 * 32 - 16 * 16, labels!.Labels.Count(static l => l == LabelMap.Ignore));
        for (int i = 0; i < labels.Labels.Length; i++)
            Assert.Equal(labels.Labels[i] == LabelMap.Ignore ? PictureBatch.MeanColour.ToArray() : [0, 0, 0], changed.Pixels[(3 * i)..(3 * i + 3)]);
    }

    [Fact]
    public void TheSeedDecides()
    {
        var picture = new Picture(40, 30, 3);
        new Random(1).NextBytes(picture.Pixels);
        var augmentation = new Augmentation(32, 0.5, 1.5, 0.3, 0.1);
        byte[] Pixels(int seed) => augmentation.Apply(picture, null, new Random(seed)).Picture.Pixels;
        Assert.Equal(Pixels(1), Pixels(1));
        Assert.NotEqual(Pixels(1), Pixels(2));
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(1, 500)]
    public void ThinPicturesKeepAtLeastOnePixel(int width, int height)
    {
        var (changed, _) = new Augmentation(32, 0.5, 1.5, 0.3, 0.1).Apply(new Picture(width, height, 3), null, new Random(1));
        Assert.Equal(32 * 32 * 3, changed.Pixels.Length);
    }
}
