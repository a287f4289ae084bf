using System.Runtime.InteropServices;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Transforms;

/// <summary>Crops and flips. Pictures and label maps cut with the same numbers stay aligned.</summary>
public static class PictureTransforms
{
    /// <summary>Cuts out a window, which may lie partly or wholly outside the picture.</summary>
    /// <param name="picture">1, 3 or 4 channels.</param>
    /// <param name="left">The window's first column; may be negative.</param>
    /// <param name="top">The window's first row; may be negative.</param>
    /// <param name="width">The window's width in pixels, at least 1.</param>
    /// <param name="height">The window's height in pixels, at least 1.</param>
    /// <param name="padding">The pixel outside the picture, one value per channel; zeros if empty.</param>
    /// <exception cref="ArgumentException">The padding has another number of channels, or a size is below 1.</exception>
    public static Picture Crop(Picture picture, int left, int top, int width, int height, ReadOnlySpan<byte> padding = default)
    {
        bool isInside = left >= 0 && top >= 0 && (long)left + width <= picture.Width && (long)top + height <= picture.Height;
        Picture result = Padded(picture.Channels, new Window(left, top, width, height), isInside, padding);
        CopyWindow<byte>(picture.Pixels, picture.Width, picture.Height, picture.Channels, result.Pixels, left, top, width, height);
        return result;
    }

    /// <summary>Cuts out a window; outside the map the result is <see cref="LabelMap.Ignore"/>.</summary>
    /// <inheritdoc cref="Crop(Picture, int, int, int, int, ReadOnlySpan{byte})"/>
    public static LabelMap Crop(LabelMap map, int left, int top, int width, int height)
    {
        var result = new LabelMap(width, height);
        Array.Fill(result.Labels, LabelMap.Ignore);
        CopyWindow<ushort>(map.Labels, map.Width, map.Height, 1, result.Labels, left, top, width, height);
        return result;
    }

    /// <summary>The mirror image: left becomes right.</summary>
    public static Picture FlipHorizontally(Picture picture)
    {
        var result = Picture.Unwritten(picture.Width, picture.Height, picture.Channels);
        int stride = picture.Width * picture.Channels;
        for (int row = 0; row < picture.Pixels.Length; row += stride)
        {
            ReadOnlySpan<byte> from = picture.Pixels.AsSpan(row, stride);
            Span<byte> to = result.Pixels.AsSpan(row, stride);
            switch (picture.Channels)
            {
                case 1: Reverse<byte>(from, to); break;
                case 3: Reverse(MemoryMarshal.Cast<byte, RgbPixel>(from), MemoryMarshal.Cast<byte, RgbPixel>(to)); break;
                default: Reverse(MemoryMarshal.Cast<byte, uint>(from), MemoryMarshal.Cast<byte, uint>(to)); break;
            }
        }
        return result;
    }

    /// <inheritdoc cref="FlipHorizontally(Picture)"/>
    public static LabelMap FlipHorizontally(LabelMap map)
    {
        var result = new LabelMap(map.Width, map.Height, (ushort[])map.Labels.Clone());
        for (int y = 0; y < map.Height; y++)
            result.Labels.AsSpan(y * map.Width, map.Width).Reverse();
        return result;
    }

    /// <summary>A picture for a window's pixels. Where they do not fill it, it shows the padding until they are written.</summary>
    internal static Picture Padded(int channels, Window window, bool isFilled, ReadOnlySpan<byte> padding)
    {
        if (padding.Length != 0 && padding.Length != channels)
            throw new ArgumentException($"The padding has {padding.Length} values, the picture {channels} channels.", nameof(padding));
        var result = isFilled ? Picture.Unwritten(window.Width, window.Height, channels) : new Picture(window.Width, window.Height, channels);
        if (!isFilled && padding.ContainsAnyExcept((byte)0))
            Repeat(padding, result.Pixels);
        return result;
    }

    private static void Reverse<T>(ReadOnlySpan<T> from, Span<T> to)
    {
        for (int i = 0; i < from.Length; i++)
            to[from.Length - 1 - i] = from[i];
    }

    /// <summary>Fills with copies of the pattern, twice as many at a time.</summary>
    private static void Repeat(ReadOnlySpan<byte> pattern, Span<byte> target)
    {
        pattern.CopyTo(target);
        for (int filled = pattern.Length; filled < target.Length; filled *= 2)
            target[..Math.Min(filled, target.Length - filled)].CopyTo(target[filled..]);
    }

    private static void CopyWindow<T>(
        ReadOnlySpan<T> source, int sourceWidth, int sourceHeight, int channels, Span<T> target, int left, int top, int width, int height)
    {
        // The part of the window inside the source, in the source's coordinates; long, as left + width may exceed an int.
        int x0 = Math.Max(left, 0), x1 = (int)Math.Min((long)left + width, sourceWidth);
        int y0 = Math.Max(top, 0), y1 = (int)Math.Min((long)top + height, sourceHeight);
        if (x0 >= x1)
            return;
        for (int y = y0; y < y1; y++)
            source.Slice((y * sourceWidth + x0) * channels, (x1 - x0) * channels)
                .CopyTo(target[(((y - top) * width + x0 - left) * channels)..]);
    }
}
