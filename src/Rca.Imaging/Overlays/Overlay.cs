using Rca.Imaging.Masks;

namespace Rca.Imaging.Overlays;

/// <summary>Shows labels over the picture that they belong to.</summary>
public static class Overlay
{
    /// <summary>
    /// Blends the <see cref="VocPalette"/> colour of each label into the picture; background keeps the picture's colours.
    /// </summary>
    /// <param name="rgb">Three channels.</param>
    /// <param name="labels">Of the same size.</param>
    /// <param name="opacity">Share of the label's colour, 0 to 1.</param>
    /// <param name="outline">Draws the borders between labels: white, and black on the side of the background.</param>
    /// <exception cref="ArgumentException">The picture is not RGB, the sizes differ, or the opacity is outside its range.</exception>
    public static Picture Draw(Picture rgb, LabelMap labels, float opacity = 0.5f, bool outline = false)
    {
        if (rgb.Channels != 3)
            throw new ArgumentException($"An RGB picture was expected, this one has {rgb.Channels} channel(s).", nameof(rgb));
        if ((rgb.Width, rgb.Height) != (labels.Width, labels.Height))
            throw new ArgumentException(
                $"The picture is {rgb.Width}×{rgb.Height}, the label map {labels.Width}×{labels.Height}; the sizes must be equal.", nameof(labels));
        if (!(opacity is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "The opacity is 0 to 1.");

        var result = new Picture(rgb.Width, rgb.Height, 3, (byte[])rgb.Pixels.Clone());
        for (int y = 0, i = 0; y < labels.Height; y++)
            for (int x = 0; x < labels.Width; x++, i++)
            {
                ushort label = labels.Labels[i];
                Span<byte> pixel = result.Pixels.AsSpan(3 * i, 3);
                if (outline && IsBorder(labels, x, y))
                    pixel.Fill(label == 0 ? (byte)0 : (byte)255);
                else if (label != 0)
                    Blend(pixel, VocPalette.Colour(label), opacity);
            }
        return result;
    }

    private static bool IsBorder(LabelMap map, int x, int y)
    {
        int i = y * map.Width + x;
        ushort label = map.Labels[i];
        return x > 0 && map.Labels[i - 1] != label
            || x + 1 < map.Width && map.Labels[i + 1] != label
            || y > 0 && map.Labels[i - map.Width] != label
            || y + 1 < map.Height && map.Labels[i + map.Width] != label;
    }

    private static void Blend(Span<byte> pixel, (byte Red, byte Green, byte Blue) colour, float opacity)
    {
        pixel[0] = (byte)(pixel[0] + (colour.Red - pixel[0]) * opacity + 0.5f);
        pixel[1] = (byte)(pixel[1] + (colour.Green - pixel[1]) * opacity + 0.5f);
        pixel[2] = (byte)(pixel[2] + (colour.Blue - pixel[2]) * opacity + 0.5f);
    }
}
