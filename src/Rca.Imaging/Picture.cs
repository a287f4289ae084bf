namespace Rca.Imaging;

/// <summary>
/// An 8-bit picture in memory: rows from the top, pixels from the left, channels interleaved.
/// One channel is grey, three are RGB, four are RGB with straight (not premultiplied) alpha.
/// </summary>
public sealed class Picture
{
    /// <summary>Wraps <paramref name="pixels"/> without a copy.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGB and alpha).</param>
    /// <param name="pixels">Height × Width × Channels values, 0 to 255.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the array.</exception>
    public Picture(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentException($"A picture has 1, 3 or 4 channels, not {channels}.", nameof(channels));
        if (pixels.LongLength != (long)width * height * channels)
            throw new ArgumentException(
                $"A {width}×{height} picture of {channels} channels has {(long)width * height * channels} values, not {pixels.LongLength}.", nameof(pixels));
        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    /// <summary>A black (and, with four channels, transparent) picture.</summary>
    public Picture(int width, int height, int channels)
        : this(width, height, channels, new byte[checked(width * height * channels)])
    {
    }

    /// <summary>A picture whose every value is yet to be written: clearing a large array first costs as much as some filters.</summary>
    internal static Picture Unwritten(int width, int height, int channels) =>
        new(width, height, channels, GC.AllocateUninitializedArray<byte>(checked(width * height * channels)));

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Values per pixel: 1, 3 or 4.</summary>
    public int Channels { get; }

    /// <summary>The values, Height × Width × Channels, row-major and interleaved.</summary>
    public byte[] Pixels { get; }
}

/// <summary>A pixel of a three-channel picture, in the layout of its memory.</summary>
internal readonly record struct RgbPixel(byte Red, byte Green, byte Blue);
