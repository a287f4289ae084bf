namespace Rca.Imaging.Codecs;

/// <summary>How a stored picture must be turned to stand upright; the values of the EXIF orientation tag.</summary>
internal enum Orientation : ushort
{
    Normal = 1,
    MirroredHorizontally = 2,
    Rotated180 = 3,
    MirroredVertically = 4,
    Transposed = 5,
    Rotated90 = 6,
    Transversed = 7,
    Rotated270 = 8,
}

internal static class OrientationExtensions
{
    public static bool SwapsSides(this Orientation orientation) => orientation >= Orientation.Transposed;

    /// <summary>The picture turned upright; the same instance if nothing has to be done.</summary>
    public static Picture Upright(this Picture stored, Orientation orientation)
    {
        if (orientation == Orientation.Normal)
            return stored;
        (int w, int h, int channels) = (stored.Width, stored.Height, stored.Channels);
        var upright = orientation.SwapsSides() ? new Picture(h, w, channels) : new Picture(w, h, channels);

        // Pixel (x, y) of the result is stored at origin + x·stepX + y·stepY (in pixels).
        (int origin, int stepX, int stepY) = orientation switch
        {
            Orientation.MirroredHorizontally => (w - 1, -1, w),
            Orientation.Rotated180 => (w * h - 1, -1, -w),
            Orientation.MirroredVertically => (w * (h - 1), 1, -w),
            Orientation.Transposed => (0, w, 1),
            Orientation.Rotated90 => (w * (h - 1), -w, 1),
            Orientation.Transversed => (w * h - 1, -w, -1),
            _ => (w - 1, w, -1),
        };
        int to = 0;
        for (int y = 0; y < upright.Height; y++)
        {
            int from = origin + y * stepY;
            for (int x = 0; x < upright.Width; x++, from += stepX)
                for (int c = 0; c < channels; c++)
                    upright.Pixels[to++] = stored.Pixels[from * channels + c];
        }
        return upright;
    }
}
