using Rca.Data.Voc;
using Rca.Imaging.Masks;

namespace Rca.Benchmarks;

/// <summary>Seeded masks of PASCAL VOC's kind: one to four ellipses with a border of ignored pixels.</summary>
public static class SyntheticMasks
{
    private const int Border = 5;

    /// <summary>A true mask, and a prediction whose ellipses are off by up to 20 pixels.</summary>
    public static (LabelMap Truth, LabelMap Prediction) Pair(int width, int height, int seed)
    {
        var random = new Random(seed);
        LabelMap truth = new(width, height), prediction = new(width, height);
        for (int objects = random.Next(1, 5); objects > 0; objects--)
        {
            var label = (ushort)random.Next(1, VocClasses.Names.Count + 1);
            double x = random.Next(width), y = random.Next(height), radiusX = random.Next(20, 200), radiusY = random.Next(20, 150);
            Draw(truth, x, y, radiusX + Border, radiusY + Border, LabelMap.Ignore);
            Draw(truth, x, y, radiusX, radiusY, label);
            Draw(prediction, x + random.Next(-20, 21), y + random.Next(-20, 21), radiusX * (0.9 + 0.2 * random.NextDouble()), radiusY, label);
        }
        return (truth, prediction);
    }

    private static void Draw(LabelMap map, double centreX, double centreY, double radiusX, double radiusY, ushort label)
    {
        for (int y = 0; y < map.Height; y++)
        {
            double share = (y - centreY) / radiusY, half = radiusX * Math.Sqrt(Math.Max(0, 1 - share * share));
            int from = Math.Clamp((int)(centreX - half), 0, map.Width), to = Math.Clamp((int)(centreX + half), 0, map.Width);
            map.Labels.AsSpan(y * map.Width + from, to - from).Fill(label);
        }
    }
}
