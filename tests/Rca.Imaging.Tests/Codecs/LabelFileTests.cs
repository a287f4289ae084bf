using System.Text.Json;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Tests.Codecs;

public sealed class LabelFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static IEnumerable<TheoryDataRow<string>> LabelMaps => Golden.Names("labels.json");

    [Theory]
    [MemberData(nameof(LabelMaps))]
    public void Reads_the_stored_indices(string name)
    {
        JsonElement golden = Golden.Case("labels.json", name);
        string path = folder.File("a.png", golden.Bytes("file"));
        LabelMap map = LabelFile.Read(path);
        Assert.Equal((golden.Int("width"), golden.Int("height")), (map.Width, map.Height));
        Assert.Equal((map.Width, map.Height), LabelFile.ReadSize(path));
        Assert.Equal(golden.UShorts("labels"), map.Labels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(65534)]
    public void A_written_map_reads_back(int most)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            LabelMap map = Samples.Labels(1 + seed * 3, 41 - seed * 2, most, seed);
            map.Labels[0] = (ushort)most;
            LabelFile.Write(folder.File("a.png"), map);
            LabelMap back = LabelFile.Read(folder.File("a.png"));
            Assert.Equal((map.Width, map.Height), (back.Width, back.Height));
            Assert.Equal(map.Labels, back.Labels);
        }
    }

    [Fact]
    public void A_spare_map_gives_its_memory_where_it_has_the_size()
    {
        LabelMap map = Samples.Labels(31, 17, most: 20, seed: 1), same = new(31, 17), other = new(17, 31);
        LabelFile.Write(folder.File("a.png"), map);
        Assert.Same(same, LabelFile.Read(folder.File("a.png"), same));
        Assert.Equal(map.Labels, same.Labels);
        Assert.Equal(map.Labels, LabelFile.Read(folder.File("a.png"), other).Labels);
        Assert.All(other.Labels, static label => Assert.Equal(0, label));
    }

    [Fact]
    public void A_changed_byte_is_noticed_or_changes_nothing()
    {
        LabelMap map = Samples.Labels(9, 7, most: 20, seed: 2);
        LabelFile.Write(folder.File("a.png"), map);
        byte[] file = File.ReadAllBytes(folder.File("a.png"));
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x10;
            LabelMap? back = null;
            Exception? error = Record.Exception(() => back = LabelFile.Read(folder.File("b.png", damaged)));
            if (back is null) Assert.IsType<PictureException>(error);
            else Assert.Equal(map.Labels, back.Labels);
        }
    }

    [Fact]
    public void Small_labels_take_one_byte_and_the_palette()
    {
        LabelFile.Write(folder.File("a.png"), new LabelMap(3, 1, [0, 254, LabelMap.Ignore]));
        Picture shown = PictureFile.ReadRgb(folder.File("a.png"));
        (byte r, byte g, byte b) = VocPalette.Colour(254);
        Assert.Equal([0, 0, 0, r, g, b, 224, 224, 192], shown.Pixels);
        Assert.Equal(8, File.ReadAllBytes(folder.File("a.png"))[24]);

        LabelFile.Write(folder.File("b.png"), new LabelMap(2, 1, [255, LabelMap.Ignore]));
        Assert.Equal(16, File.ReadAllBytes(folder.File("b.png"))[24]);
    }

    [Theory]
    [InlineData("png-rgb", "RGB PNG")]
    [InlineData("png-rgba", "RGBA PNG")]
    [InlineData("png-gray-alpha", "grey with alpha")]
    [InlineData("jpeg-gray", "JPEG would blur")]
    public void Colours_are_no_labels(string name, string found)
    {
        string path = folder.File("a.png", Golden.Case("pictures.json", name).Bytes("file"));
        var error = Assert.Throws<PictureException>(() => LabelFile.Read(path));
        Assert.Contains(found, error.Message);
        Assert.Contains("palette", error.Message);
    }

    [Fact]
    public void Palette_follows_the_rule_of_VOC()
    {
        Assert.Equal((0, 0, 0), VocPalette.Colour(0));
        Assert.Equal((128, 0, 0), VocPalette.Colour(1));
        Assert.Equal((0, 128, 0), VocPalette.Colour(2));
        Assert.Equal((0, 64, 128), VocPalette.Colour(20));
        Assert.Equal((192, 128, 128), VocPalette.Colour(15));
        Assert.Equal((224, 224, 192), VocPalette.Colour(255));
        Assert.Equal(VocPalette.Colour(255), VocPalette.Colour(LabelMap.Ignore));
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(VocPalette.Colour).Distinct().Count());
    }
}
