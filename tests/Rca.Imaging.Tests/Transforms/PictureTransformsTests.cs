using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;

namespace Rca.Imaging.Tests.Transforms;

public class PictureTransformsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_crop_shows_the_window_and_pads_the_rest(int channels)
    {
        byte[] padding = [.. new byte[] { 9, 8, 7, 6 }.Take(channels)];
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            Picture picture = Samples.Noise(random.Next(1, 12), random.Next(1, 12), channels, seed: i);
            LabelMap map = Samples.Labels(picture.Width, picture.Height, most: 300, seed: i);
            int left = random.Next(-15, 15), top = random.Next(-15, 15), width = random.Next(1, 20), height = random.Next(1, 20);

            Picture window = PictureTransforms.Crop(picture, left, top, width, height, padding);
            LabelMap labels = PictureTransforms.Crop(map, left, top, width, height);

            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    bool inside = x + left >= 0 && x + left < picture.Width && y + top >= 0 && y + top < picture.Height;
                    int source = (y + top) * picture.Width + x + left, target = y * width + x;
                    Assert.Equal(inside ? map.Labels[source] : LabelMap.Ignore, labels.Labels[target]);
                    Assert.Equal(
                        inside ? picture.Pixels[(source * channels)..((source + 1) * channels)] : padding,
                        window.Pixels[(target * channels)..((target + 1) * channels)]);
                }
        }
    }

    [Fact]
    public void A_crop_far_outside_does_not_overflow()
    {
        Picture window = PictureTransforms.Crop(new Picture(2, 2, 3), int.MaxValue, int.MinValue, 3, 3, [1, 2, 3]);
        Assert.Equal([1, 2, 3], window.Pixels[^3..]);
        Assert.Throws<ArgumentException>(() => PictureTransforms.Crop(new Picture(2, 2, 3), 0, 0, 1, 1, [1]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_flip_mirrors_and_two_flips_change_nothing(int channels)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Picture picture = Samples.Noise(1 + seed, 5, channels, seed);
            Picture flipped = PictureTransforms.FlipHorizontally(picture);
            Assert.Equal(picture.Pixels[..channels], flipped.Pixels[(seed * channels)..((seed + 1) * channels)]);
            Assert.Equal(picture.Pixels, PictureTransforms.FlipHorizontally(flipped).Pixels);

            LabelMap map = Samples.Labels(1 + seed, 5, most: 20, seed);
            LabelMap mirrored = PictureTransforms.FlipHorizontally(map);
            Assert.Equal(map.Labels[0], mirrored.Labels[seed]);
            Assert.Equal(map.Labels, PictureTransforms.FlipHorizontally(mirrored).Labels);
        }
    }
}
