using System.Text;
using System.Text.Json;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Tests.Masks;

public sealed class RunLengthMaskTests
{
    public static IEnumerable<TheoryDataRow<string>> Masks => Golden.Names("masks.json");

    [Theory]
    [MemberData(nameof(Masks))]
    public void A_drawn_mask_is_that_of_the_written_out_rule(string name)
    {
        JsonElement golden = Golden.Case("masks.json", name);
        var (width, height) = (golden.Int("width"), golden.Int("height"));

        RunLengthMask mask = RunLengthMask.FromPolygons(
            width, height, [.. golden.GetProperty("polygons").EnumerateArray().Select(p => p.EnumerateArray().Select(n => n.GetDouble()).ToArray())]);

        Assert.Equal(golden.Int("pixels"), mask.Area);
        Assert.Equal(golden.GetProperty("crc32").GetString(), Crc(mask));
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Runs_and_their_compressed_text_say_the_same(string name)
    {
        JsonElement golden = Golden.Case("masks.json", name);
        var (width, height) = (golden.Int("width"), golden.Int("height"));
        int[] runs = [.. golden.GetProperty("runs").EnumerateArray().Select(run => run.GetInt32())];
        string text = golden.GetProperty("compressed").GetString()!;

        RunLengthMask plain = new(width, height, runs), compressed = RunLengthMask.FromCompressed(width, height, Encoding.ASCII.GetBytes(text));

        Assert.Equal(golden.GetProperty("crc32").GetString(), Crc(plain));
        Assert.Equal(runs, compressed.Runs);
        Assert.Equal(text, plain.ToCompressed());
    }

    [Fact]
    public void A_union_has_the_pixels_of_both()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            RunLengthMask a = RandomRuns(random, 7, 5), b = RandomRuns(random, 7, 5);
            LabelMap both = new(7, 5);
            a.Paint(both, 1);
            b.Paint(both, 1);
            Assert.Equal(both.Labels, Painted(a.Union(b)).Labels);
            Assert.DoesNotContain(0, a.Union(b).Runs[1..].ToArray());
        }
        Assert.Throws<ArgumentException>(() => new RunLengthMask(2, 1, [2]).Union(new RunLengthMask(1, 2, [2])));
    }

    [Theory]
    [InlineData("", "expected x and y of at least three corners")]
    [InlineData("1,1,2,2", "has 4 numbers")]
    [InlineData("1,1,2,2,3", "has 5 numbers")]
    [InlineData("1,1,2,NaN,3,3", "coordinate NaN")]
    [InlineData("1,1,2,Infinity,3,3", "coordinate Infinity")]
    [InlineData("1,1,-1e300,2,3,3", "coordinate -1E+300")]
    [InlineData("1,1,9e7,2,3,3", "pixels long; expected at most 13,421,772")]
    public void A_polygon_that_cannot_be_is_refused(string corners, string message)
    {
        double[] polygon = [.. corners.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(double.Parse)];
        Assert.Contains(message, Assert.Throws<MaskException>(() => RunLengthMask.FromPolygons(8, 6, [polygon])).Message);
    }

    [Fact]
    public void No_polygon_and_no_size_are_refused()
    {
        Assert.Throws<MaskException>(() => RunLengthMask.FromPolygons(8, 6, []));
        Assert.Throws<MaskException>(() => RunLengthMask.FromPolygons(0, 6, [[1, 1, 2, 2, 3, 3]]));
        Assert.Throws<MaskException>(() => new RunLengthMask(1 << 16, 1 << 16, [0]));
        Assert.Throws<MaskException>(() => new RunLengthMask(-1, -1, [1]));
    }

    [Theory]
    [InlineData(new[] { 5 }, "the runs have 5 pixels together; a 2×3 mask has 6")]
    [InlineData(new[] { 5, 2 }, "the runs have 7 pixels")]
    [InlineData(new int[0], "the runs have 0 pixels")]
    [InlineData(new[] { 7, -1 }, "a run has the length -1")]
    [InlineData(new[] { int.MaxValue, int.MaxValue, 8 }, "the runs have 4,294,967,302 pixels")]
    public void Runs_that_do_not_fill_the_mask_are_refused(int[] runs, string message) =>
        Assert.Contains(message, Assert.Throws<MaskException>(() => new RunLengthMask(2, 3, runs)).Message);

    [Theory]
    [InlineData("V", "truncated")]
    [InlineData("6 ", "the byte 32")]
    [InlineData("6é", "the byte 195")]
    [InlineData("oooooooo0", "more than 35 bits")]
    [InlineData("ooooooO", "has the length")]
    [InlineData("O", "has the length -1")]
    [InlineData("5", "the runs have 5 pixels")]
    public void Compressed_text_that_breaks_the_rules_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<MaskException>(() => RunLengthMask.FromCompressed(2, 3, Encoding.UTF8.GetBytes(text))).Message);

    [Fact]
    public void Mutated_texts_are_refused_or_whole()
    {
        int whole = 0;
        for (int seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            byte[] text = Encoding.ASCII.GetBytes(RandomRuns(random, 40, 30).ToCompressed());
            text[random.Next(text.Length)] = (byte)random.Next(256);
            try
            {
                RunLengthMask mask = RunLengthMask.FromCompressed(40, 30, text);
                Assert.Equal(1200, mask.Runs.ToArray().Sum());
                whole++;
            }
            catch (MaskException)
            {
            }
        }
        Assert.InRange(whole, 1, 999);
    }

    private static RunLengthMask RandomRuns(Random random, int width, int height)
    {
        List<int> runs = [];
        for (int left = width * height; left > 0; left -= runs[^1]) runs.Add(random.Next(Math.Min(left, width) + 1));
        return new RunLengthMask(width, height, [.. runs]);
    }

    private static LabelMap Painted(RunLengthMask mask)
    {
        var map = new LabelMap(mask.Width, mask.Height);
        mask.Paint(map, 1);
        return map;
    }

    private static string Crc(RunLengthMask mask) => $"{Checksum.Crc32([.. Painted(mask).Labels.Select(label => (byte)label)]):x8}";
}
