namespace Rca.Imaging;

/// <summary>The largest sizes that a picture file may state. Both are checked before memory for its content is allocated.</summary>
public sealed record PictureLimits
{
    /// <summary>The largest <see cref="MaxPixels"/>: four bytes per pixel must fit one array.</summary>
    public static readonly long LargestMaxPixels = Array.MaxLength / 4;

    /// <summary>100 megapixels and 512 MiB.</summary>
    public static PictureLimits Default { get; } = new();

    /// <summary>Width × height at most, as the file's header states it; 1 to <see cref="LargestMaxPixels"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public long MaxPixels
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestMaxPixels);
            field = value;
        }
    } = 100_000_000;

    /// <summary>Length of the file in bytes at most; 1 to <see cref="Array.MaxLength"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public long MaxFileBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Array.MaxLength);
            field = value;
        }
    } = 512L << 20;

    internal void Check(string path, long width, long height)
    {
        if (width < 1 || height < 1)
            throw new PictureException(path, $"its header states a size of {width}×{height}; the file is damaged.");
        if (width * height > MaxPixels)
            throw new PictureException(
                path, $"its header states a size of {width}×{height}, more than the limit of {MaxPixels:N0} pixels; shrink the picture or raise the limit.");
    }
}
