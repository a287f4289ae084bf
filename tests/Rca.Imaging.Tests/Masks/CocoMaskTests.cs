using System.Text.Json;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Tests.Masks;

/// <summary>Masks of real annotations against pycocotools: equal in every pixel.</summary>
public sealed class CocoMaskTests
{
    [Fact]
    public void All_annotations_have_the_pixels_of_pycocotools()
    {
        using JsonDocument instances = Read();
        var sizes = instances.RootElement.GetProperty("images").EnumerateArray().ToDictionary(i => i.GetProperty("id").GetInt64(), i => (i.Int("width"), i.Int("height")));
        var expected = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "golden", "coco128_masks.csv")).Skip(1)
            .Select(line => line.Split(',')).ToDictionary(row => long.Parse(row[0]), row => (Pixels: int.Parse(row[6]), Crc: row[7]));

        var annotations = instances.RootElement.GetProperty("annotations").EnumerateArray().ToList();
        Assert.Equal(expected.Keys.Order(), annotations.Select(a => a.GetProperty("id").GetInt64()).Order());
        Assert.Equal(939, annotations.Count);
        Assert.All(annotations, annotation =>
        {
            var (width, height) = sizes[annotation.GetProperty("image_id").GetInt64()];
            RunLengthMask mask = Mask(annotation.GetProperty("segmentation"), width, height);
            var (pixels, crc) = expected[annotation.GetProperty("id").GetInt64()];
            Assert.Equal(pixels, mask.Area);
            var map = new LabelMap(width, height);
            mask.Paint(map, 1);
            Assert.Equal(crc, $"{Checksum.Crc32([.. map.Labels.Select(label => (byte)label)]):x8}");
        });
    }

    [Fact]
    public void Compressed_texts_are_those_of_pycocotools()
    {
        using JsonDocument instances = Read();
        var annotations = instances.RootElement.GetProperty("annotations").EnumerateArray().ToDictionary(a => a.GetProperty("id").GetInt64());
        Assert.All(Golden.Read("coco128_rle.json"), golden =>
        {
            var (height, width) = (golden.GetProperty("size")[0].GetInt32(), golden.GetProperty("size")[1].GetInt32());
            string counts = golden.GetProperty("counts").GetString()!;
            JsonElement first = annotations[golden.GetProperty("annotation_id").GetInt64()].GetProperty("segmentation")[0];
            RunLengthMask mask = RunLengthMask.FromPolygons(width, height, [Numbers(first)]);
            Assert.Equal(counts, mask.ToCompressed());
        });
    }

    private static JsonDocument Read() => JsonDocument.Parse(File.ReadAllBytes(SharedData.Need("coco128/instances.json")));

    private static RunLengthMask Mask(JsonElement segmentation, int width, int height) =>
        segmentation.ValueKind == JsonValueKind.Array
            ? RunLengthMask.FromPolygons(width, height, [.. segmentation.EnumerateArray().Select(Numbers)])
            : new RunLengthMask(width, height, [.. segmentation.GetProperty("counts").EnumerateArray().Select(run => run.GetInt32())]);

    private static double[] Numbers(JsonElement polygon) => [.. polygon.EnumerateArray().Select(number => number.GetDouble())];
}
