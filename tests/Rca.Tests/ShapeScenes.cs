using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Tests;

/// <summary>Pictures of a red circle, a green square and a blue triangle on grey noise, with tags and true masks.</summary>
internal static class ShapeScenes
{
    public static readonly string[] Classes = ["circle", "square", "triangle"];

    /// <summary>Writes pictures with one or two different shapes each; the <paramref name="val"/> last ones are val images.</summary>
    public static TaggedDataset Write(TemporaryFolder folder, int count, int size, int seed = 0, int val = 0)
    {
        var random = new Random(seed);
        var images = new List<TaggedImage>();
        Directory.CreateDirectory(folder.At("images"));
        Directory.CreateDirectory(folder.At("masks"));
        for (int n = 0; n < count; n++)
        {
            var (picture, mask, tags) = Draw(size, n, random);
            string image = folder.At($"images/{n}.png"), truth = folder.At($"masks/{n}.png");
            PictureFile.WritePng(image, picture);
            LabelFile.Write(truth, mask);
            images.Add(new TaggedImage($"{n}.png", image, tags, n < count - val ? Split.Train : Split.Val, truth));
        }
        return new TaggedDataset(folder.Path, Classes, images, []);
    }

    private static (Picture, LabelMap, int[]) Draw(int size, int number, Random random)
    {
        var picture = new Picture(size, size, 3);
        for (int i = 0; i < size * size; i++) picture.Pixels.AsSpan(3 * i, 3).Fill((byte)random.Next(60, 190));
        var mask = new LabelMap(size, size);
        int[] shapes = number % 2 == 0 ? [number / 2 % 3] : [number / 2 % 3, (number / 2 + 1) % 3];
        for (int k = 0; k < shapes.Length; k++)
        {
            // Two shapes lie in different halves, so that none covers the other.
            int radius = random.Next(size / 6, size / 4);
            int cx = shapes.Length == 1 ? random.Next(radius, size - radius) : (2 * k + 1) * size / 4;
            int cy = random.Next(radius, size - radius);
            for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++)
                    if (Covers(shapes[k], x - cx, y - cy, radius)) Paint(x, y, shapes[k]);
        }
        return (picture, mask, [.. shapes.Order()]);

        void Paint(int x, int y, int shape)
        {
            Span<byte> pixel = picture.Pixels.AsSpan(3 * (y * size + x), 3);
            pixel.Fill((byte)random.Next(0, 60));
            pixel[shape] = (byte)random.Next(190, 256);
            mask.Labels[y * size + x] = (ushort)(shape + 1);
        }
    }

    private static bool Covers(int shape, int dx, int dy, int radius) => shape switch
    {
        0 => dx * dx + dy * dy <= radius * radius,
        1 => Math.Abs(dx) <= radius * 0.85 && Math.Abs(dy) <= radius * 0.85,
        _ => dy >= -radius && dy <= radius && Math.Abs(dx) <= (dy + radius) / 2.0,
    };
}
