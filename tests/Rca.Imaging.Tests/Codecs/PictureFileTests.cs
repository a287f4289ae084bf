using System.Text.Json;
using Rca.Imaging.Codecs;

namespace Rca.Imaging.Tests.Codecs;

public sealed class PictureFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static IEnumerable<TheoryDataRow<string>> Pictures => Golden.Names("pictures.json");

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Decodes_each_format_as_the_reference_does(string name)
    {
        JsonElement golden = Golden.Case("pictures.json", name);
        // The wrong extension on purpose: the content decides.
        string path = folder.File("picture.txt", golden.Bytes("file"));

        Picture rgba = PictureFile.ReadRgba(path);
        Picture rgb = PictureFile.ReadRgb(path);

        (int, int) size = (golden.Int("width"), golden.Int("height"));
        Assert.Equal(size, (rgba.Width, rgba.Height));
        Assert.Equal(size, (rgb.Width, rgb.Height));
        Assert.Equal(size, PictureFile.ReadSize(path));
        Golden.AssertWithin(golden.Int("tolerance"), golden.Bytes("rgba"), rgba.Pixels);
        Golden.AssertWithin(golden.Int("tolerance"), golden.Bytes("rgb"), rgb.Pixels);
    }

    [Fact]
    public void Gray_is_the_luma_of_the_colours()
    {
        var colours = new Picture(4, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77]);
        PictureFile.WritePng(folder.File("a.png"), colours);
        Assert.Equal([76, 150, 29, 77], PictureFile.ReadGray(folder.File("a.png")).Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_written_png_reads_back_exactly(int channels)
    {
        Picture picture = Samples.Noise(31, 7, channels, seed: 5);
        PictureFile.WritePng(folder.File("a.png"), picture);
        Picture back = channels switch
        {
            1 => PictureFile.ReadGray(folder.File("a.png")),
            3 => PictureFile.ReadRgb(folder.File("a.png")),
            _ => PictureFile.ReadRgba(folder.File("a.png")),
        };
        Assert.Equal(picture.Pixels, back.Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_written_jpeg_reads_back_nearly(int channels)
    {
        Picture picture = Samples.Smooth(40, 30, channels);
        PictureFile.WriteJpeg(folder.File("a.jpg"), picture, quality: 95);
        Picture back = channels == 1 ? PictureFile.ReadGray(folder.File("a.jpg")) : PictureFile.ReadRgb(folder.File("a.jpg"));
        Golden.AssertWithin(12, picture.Pixels, back.Pixels);
    }

    [Fact]
    public void Jpeg_refuses_alpha() =>
        Assert.Throws<ArgumentException>(() => PictureFile.WriteJpeg(folder.File("a.jpg"), new Picture(2, 2, 4)));

    [Fact]
    public void Filler_before_the_end_marker_is_harmless()
    {
        byte[] file = Golden.Case("pictures.json", "jpeg-rgb").Bytes("file");
        byte[] filled = [.. file[..^2], 0x00, 0x11, .. file[^2..]];
        Assert.Equal(
            PictureFile.ReadRgb(folder.File("plain.jpg", file)).Pixels, PictureFile.ReadRgb(folder.File("filled.jpg", filled)).Pixels);
    }

    [Fact]
    public void What_is_no_picture_is_named_with_its_problem()
    {
        AssertProblem("no such file", folder.File("missing.png"));
        AssertProblem("a folder", folder.Root);
        AssertProblem("empty", folder.File("empty.png", []));
        AssertProblem("neither JPEG nor PNG", folder.File("text.png", "hello"u8.ToArray()));
    }

    [Fact]
    public void Limits_are_checked_before_the_content()
    {
        string path = folder.File("a.png");
        PictureFile.WritePng(path, new Picture(100, 50, 3));
        var exact = new PictureLimits { MaxPixels = 5000 };
        Assert.Equal(100, PictureFile.ReadRgb(path, exact).Width);

        var error = Assert.Throws<PictureException>(() => PictureFile.ReadRgb(path, exact with { MaxPixels = 4999 }));
        Assert.Contains("100×50", error.Message);
        error = Assert.Throws<PictureException>(() => PictureFile.ReadRgb(path, new PictureLimits { MaxFileBytes = 20 }));
        Assert.Contains("limit of 20", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PictureLimits { MaxPixels = PictureLimits.LargestMaxPixels + 1 });
    }

    [Fact]
    public void A_failed_write_leaves_nothing_and_a_good_one_replaces()
    {
        string path = folder.File("a.png");
        Directory.CreateDirectory(path); // a folder stands where the file should go
        Assert.Throws<PictureException>(() => PictureFile.WritePng(path, new Picture(3, 3, 3)));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Root));

        var error = Assert.Throws<PictureException>(() => PictureFile.WritePng(folder.File("none/a.png"), new Picture(3, 3, 3)));
        Assert.Contains("none/a.png", error.Message);

        // JPEG cannot be that wide: the older file must survive.
        string jpeg = folder.File("b.jpg");
        PictureFile.WriteJpeg(jpeg, new Picture(3, 3, 3));
        Assert.Throws<PictureException>(() => PictureFile.WriteJpeg(jpeg, new Picture(70_000, 1, 3)));
        Assert.Equal((3, 3), PictureFile.ReadSize(jpeg));
        PictureFile.WriteJpeg(jpeg, new Picture(4, 4, 3));
        Assert.Equal((4, 4), PictureFile.ReadSize(jpeg));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    private static void AssertProblem(string problem, string path)
    {
        var error = Assert.Throws<PictureException>(() => PictureFile.ReadRgb(path));
        Assert.Equal(path, error.Path);
        Assert.Contains(problem, error.Message);
        Assert.Throws<PictureException>(() => PictureFile.ReadSize(path));
    }
}
