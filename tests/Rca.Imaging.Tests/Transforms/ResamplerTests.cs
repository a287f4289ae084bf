using System.Text.Json;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;

namespace Rca.Imaging.Tests.Transforms;

public class ResamplerTests
{
    public static IEnumerable<TheoryDataRow<string>> Sizes => Golden.Names("resize.json");

    public static IEnumerable<TheoryDataRow<string>> NearestSizes => Golden.Names("nearest.json");

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Matches_Pillow_within_one(string name)
    {
        JsonElement golden = Golden.Case("resize.json", name);
        var source = new Picture(golden.Int("width"), golden.Int("height"), golden.Int("channels"), golden.Bytes("source"));
        Picture result = Resampler.Resize(source, golden.Int("newWidth"), golden.Int("newHeight"));
        Assert.Equal((golden.Int("newWidth"), golden.Int("newHeight")), (result.Width, result.Height));
        Golden.AssertWithin(1, golden.Bytes("result"), result.Pixels);
    }

    [Theory]
    [MemberData(nameof(NearestSizes))]
    public void Labels_match_Pillow_exactly(string name)
    {
        JsonElement golden = Golden.Case("nearest.json", name);
        var source = new LabelMap(golden.Int("width"), golden.Int("height"), golden.UShorts("source"));
        LabelMap result = Resampler.Resize(source, golden.Int("newWidth"), golden.Int("newHeight"));
        Assert.Equal(golden.UShorts("result"), result.Labels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_same_size_is_the_same_picture(int channels)
    {
        Picture picture = Samples.Noise(67, 19, channels, seed: 3);
        Assert.Equal(picture.Pixels, Resampler.Resize(picture, 67, 19).Pixels);
    }

    /// <summary>Whatever the window shows, inside the picture or beside it, is what would be cut out of the whole.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_window_is_cut_out_of_the_whole_exactly(int channels)
    {
        byte[] padding = [.. new byte[] { 9, 8, 7, 6 }.Take(channels)];
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            Picture picture = Samples.Noise(random.Next(1, 90), random.Next(1, 60), channels, seed: i);
            LabelMap map = Samples.Labels(picture.Width, picture.Height, most: 300, seed: i);
            int width = random.Next(1, 90), height = random.Next(1, 60);
            var window = new Window(random.Next(-40, 90), random.Next(-40, 60), random.Next(1, 90), random.Next(1, 60), Mirrored: i % 2 == 1);

            Picture cut = PictureTransforms.Crop(Resampler.Resize(picture, width, height), window.Left, window.Top, window.Width, window.Height, padding);
            LabelMap labels = PictureTransforms.Crop(Resampler.Resize(map, width, height), window.Left, window.Top, window.Width, window.Height);
            if (window.Mirrored) (cut, labels) = (PictureTransforms.FlipHorizontally(cut), PictureTransforms.FlipHorizontally(labels));

            Assert.Equal(cut.Pixels, Resampler.Resize(picture, width, height, window, padding).Pixels);
            Assert.Equal(labels.Labels, Resampler.Resize(map, width, height, window).Labels);
        }
    }

    [Fact]
    public void A_window_far_outside_is_padding()
    {
        var window = new Window(int.MaxValue, int.MinValue, 3, 3, Mirrored: true);
        Assert.Equal([1, 2, 3], Resampler.Resize(new Picture(2, 2, 3), 4, 4, window, [1, 2, 3]).Pixels[^3..]);
        Assert.All(Resampler.Resize(new LabelMap(2, 2), 4, 4, window).Labels, static label => Assert.Equal(LabelMap.Ignore, label));
        Assert.Throws<ArgumentException>(() => Resampler.Resize(new Picture(2, 2, 3), 4, 4, window, [1]));
    }

    [Fact]
    public void A_flat_picture_stays_flat_at_any_size()
    {
        var random = new Random(4);
        for (int i = 0; i < 60; i++)
        {
            int channels = new[] { 1, 3, 4 }[i % 3];
            var picture = new Picture(random.Next(1, 90), random.Next(1, 90), channels);
            Array.Fill(picture.Pixels, (byte)255);
            Assert.All(Resampler.Resize(picture, random.Next(1, 90), random.Next(1, 90)).Pixels, v => Assert.Equal(255, v));
        }
    }

    [Fact]
    public void Transparent_pixels_do_not_colour_the_edge()
    {
        var halves = new Picture(8, 1, 4);
        for (int x = 0; x < 4; x++)
            (halves.Pixels[4 * x], halves.Pixels[4 * x + 3]) = (200, 255); // red, then transparent black
        Picture result = Resampler.Resize(halves, 3, 1);
        Assert.Equal(200, result.Pixels[4]);
        Assert.InRange(result.Pixels[7], 100, 155);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, -1)]
    public void Refuses_an_empty_size(int width, int height)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resize(new Picture(2, 2, 3), width, height));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resize(new LabelMap(2, 2), width, height));
    }
}
