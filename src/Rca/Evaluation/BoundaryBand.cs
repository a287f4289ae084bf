using Rca.Imaging.Masks;

namespace Rca.Evaluation;

/// <summary>The band along the borders of a mask, where hand-drawn truth is least certain.</summary>
internal static class BoundaryBand
{
    /// <summary>
    /// True for each pixel whose (2·<paramref name="radius"/> + 1)² neighbourhood holds another label. A square neighbourhood
    /// holds one label exactly where its smallest equals its largest, and both are separable in rows and columns.
    /// </summary>
    /// <returns>Height × Width, row-major.</returns>
    public static bool[] Find(LabelMap map, int radius)
    {
        var (width, height) = (map.Width, map.Height);
        var low = new ushort[map.Labels.Length];
        var high = new ushort[map.Labels.Length];
        for (var y = 0; y < height; y++)
        {
            var row = map.Labels.AsSpan(y * width, width);
            for (var x = 0; x < width; x++)
            {
                var window = row[Math.Max(0, x - radius)..Math.Min(width, x + radius + 1)];
                (low[y * width + x], high[y * width + x]) = Range(window);
            }
        }

        var band = new bool[map.Labels.Length];
        for (var i = 0; i < band.Length; i++)
        {
            var (x, y) = (i % width, i / width);
            var (least, most) = (low[i], high[i]);
            for (var v = Math.Max(0, y - radius); v < Math.Min(height, y + radius + 1); v++)
            {
                least = Math.Min(least, low[v * width + x]);
                most = Math.Max(most, high[v * width + x]);
            }
            band[i] = least != most;
        }
        return band;
    }

    private static (ushort Low, ushort High) Range(ReadOnlySpan<ushort> window)
    {
        var (low, high) = (window[0], window[0]);
        foreach (var label in window)
            (low, high) = (Math.Min(low, label), Math.Max(high, label));
        return (low, high);
    }
}
