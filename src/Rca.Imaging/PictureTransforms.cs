namespace Rca.Imaging;

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
        if (padding.Length != 0 && padding.Length != picture.Channels)
            throw new ArgumentException($"The padding has {padding.Length} values, the picture {picture.Channels} channels.", nameof(padding));
        var result = new Picture(width, height, picture.Channels);
        if (padding.ContainsAnyExcept((byte)0))
            for (int i = 0; i < result.Pixels.Length; i += padding.Length)
                padding.CopyTo(result.Pixels.AsSpan(i));
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
        var result = new Picture(picture.Width, picture.Height, picture.Channels);
        int channels = picture.Channels, stride = picture.Width * channels;
        for (int row = 0; row < picture.Pixels.Length; row += stride)
        {
            int to = row + stride - channels;
            for (int from = row; from < row + stride; from += channels, to -= channels)
                for (int c = 0; c < channels; c++)
                    result.Pixels[to + c] = picture.Pixels[from + c];
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
