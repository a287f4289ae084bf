using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Samples;

/// <summary>A drawn object.</summary>
/// <param name="Class">Its class, counted from 0.</param>
/// <param name="Polygons">Its outlines: x and y of the corners in turn, in pixels.</param>
/// <param name="Mask">Its pixels.</param>
internal sealed record SampleObject(int Class, IReadOnlyList<double[]> Polygons, RunLengthMask Mask);

/// <summary>A drawn picture; later objects lie over earlier ones.</summary>
internal sealed record SampleDrawing(Picture Picture, IReadOnlyList<SampleObject> Objects);

/// <summary>Draws the pictures of the miniature trees: coloured shapes on noise, always the same.</summary>
public static class SampleShapes
{
    /// <summary>Pictures in a miniature tree.</summary>
    public const int Pictures = 10;

    /// <summary>Objects in a picture.</summary>
    internal const int Objects = 4;

    private const int JpegQuality = 92;
    private static readonly (int Width, int Height)[] Sizes = [(112, 84), (84, 112), (96, 96)];

    /// <summary>Draws a picture of one object for each class.</summary>
    internal static SampleDrawing Draw(int number, IReadOnlyList<int> classes)
    {
        var random = new Random(number);
        var (width, height) = Sizes[number % Sizes.Length];
        var picture = new Picture(width, height, 3);
        for (var i = 0; i < width * height; i++)
            picture.Pixels.AsSpan(3 * i, 3).Fill((byte)random.Next(90, 160));
        List<SampleObject> objects = [];
        foreach (var (k, c) in classes.Index())
        {
            // One in each quarter, large enough to reach a little into the next.
            var (x, y) = ((k % 2 + 0.5) * width / 2 + random.Next(-4, 5), (k / 2 + 0.5) * height / 2 + random.Next(-4, 5));
            var radius = Math.Min(width, height) * (0.22 + 0.06 * random.NextDouble());
            var polygons = Outline(c, x, y, radius, inTwo: k == 1);
            var drawn = new SampleObject(c, polygons, RunLengthMask.FromPolygons(width, height, polygons));
            objects.Add(drawn);
            Paint(picture, drawn, random);
        }
        return new SampleDrawing(picture, objects);
    }

    /// <summary>Writes the picture as JPEG.</summary>
    internal static void Write(string path, SampleDrawing drawing) => PictureFile.WriteJpeg(path, drawing.Picture, JpegQuality);

    /// <summary>Triangles, squares and so on up to near-circles; in two halves, as an object behind a post.</summary>
    private static double[][] Outline(int shape, double x, double y, double radius, bool inTwo)
    {
        var corners = 3 + shape % 7 * 2;
        double[] Turn(double from, double to, double shift) =>
        [
            .. Enumerable.Range(0, corners).SelectMany(i =>
            {
                var angle = from + (to - from) * i / corners;
                return (double[])[Math.Round(x + shift + radius * Math.Cos(angle), 2), Math.Round(y + radius * Math.Sin(angle), 2)];
            }),
        ];
        return inTwo
            ? [Turn(-Math.PI / 2, Math.PI / 2, 2), Turn(Math.PI / 2, 1.5 * Math.PI, -2)]
            : [Turn(-Math.PI / 2, 1.5 * Math.PI, 0)];
    }

    private static void Paint(Picture picture, SampleObject drawn, Random random)
    {
        var map = new LabelMap(picture.Width, picture.Height);
        drawn.Mask.Paint(map, 1);
        var (red, green, blue) = VocPalette.Colour(drawn.Class + 1);
        for (var i = 0; i < map.Labels.Length; i++)
        {
            if (map.Labels[i] == 0)
                continue;
            var shade = random.Next(-20, 21);
            foreach (var (channel, value) in ((byte[])[red, green, blue]).Index())
                picture.Pixels[3 * i + channel] = (byte)Math.Clamp(value + shade, 0, 255);
        }
    }
}
