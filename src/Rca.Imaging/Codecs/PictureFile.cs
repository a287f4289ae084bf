namespace Rca.Imaging.Codecs;

/// <summary>
/// Reads JPEG and PNG pictures (the content decides, not the name) and writes them so that a file appears whole or not at all.
/// Pictures are turned upright as their EXIF orientation states. A damaged or truncated file is an error, never a partial picture.
/// Colour profiles and gamma are not applied; of 16-bit samples the upper 8 bits are kept.
/// </summary>
public static class PictureFile
{
    /// <summary>Reads a picture as RGB. Transparent pictures are laid over white, grey and CMYK become RGB.</summary>
    /// <param name="path">A JPEG or PNG file.</param>
    /// <param name="limits">Sizes to refuse; <see cref="PictureLimits.Default"/> if null.</param>
    /// <exception cref="PictureException">The file is missing, damaged, truncated, neither JPEG nor PNG or above the limits.</exception>
    public static Picture ReadRgb(string path, PictureLimits? limits = null)
    {
        Picture picture = Read(path, alpha: false, limits);
        return picture.Channels == 4 ? OverWhite(picture) : picture;
    }

    /// <summary>Reads a picture as RGB with straight alpha, 255 where the file has no transparency.</summary>
    /// <inheritdoc cref="ReadRgb"/>
    public static Picture ReadRgba(string path, PictureLimits? limits = null) => Read(path, alpha: true, limits);

    /// <summary>Reads a picture as grey: the luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) of <see cref="ReadRgb"/>.</summary>
    /// <inheritdoc cref="ReadRgb"/>
    public static Picture ReadGray(string path, PictureLimits? limits = null)
    {
        Picture rgb = ReadRgb(path, limits);
        var gray = new Picture(rgb.Width, rgb.Height, 1);
        ReadOnlySpan<byte> from = rgb.Pixels;
        for (int i = 0; i < gray.Pixels.Length; i++)
            // Weights in 1/65536; they sum to one, so grey pictures stay as they are.
            gray.Pixels[i] = (byte)(from[3 * i] * 19595 + from[3 * i + 1] * 38470 + from[3 * i + 2] * 7471 + 0x8000 >> 16);
        return gray;
    }

    /// <summary>The size of the upright picture, from the file's header alone.</summary>
    /// <exception cref="PictureException">The file is missing, neither JPEG nor PNG, or its header is damaged.</exception>
    public static (int Width, int Height) ReadSize(string path)
    {
        using FileStream stream = WholeFile.Open(path, PictureLimits.Default);
        try
        {
            Span<byte> start = stackalloc byte[PngCodec.HeaderLength];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            if (PngCodec.Recognises(start))
            {
                (long width, long height) = PngCodec.ReadSize(start, path);
                return width is >= 1 and <= int.MaxValue && height is >= 1 and <= int.MaxValue
                    ? ((int)width, (int)height)
                    : throw new PictureException(path, $"its header states a size of {width}×{height}; the file is damaged.");
            }
            if (!JpegCodec.Recognises(start))
                throw UnknownFormat(path);
            JpegHeader header = JpegHeader.Read(stream, path);
            return header.Orientation.SwapsSides() ? (header.Height, header.Width) : (header.Width, header.Height);
        }
        catch (IOException e)
        {
            throw new PictureException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a PNG file: grey, RGB or RGBA of 8 bits, as the picture has channels.</summary>
    /// <exception cref="PictureException">The file cannot be written; none is left behind and an older one stays as it was.</exception>
    public static void WritePng(string path, Picture picture)
    {
        PngColour colour = picture.Channels switch { 1 => PngColour.Gray, 3 => PngColour.Rgb, _ => PngColour.Rgba };
        byte[] file = NativeLibraries.Guard(
            path, Spng.Package, () => PngCodec.Encode(picture.Width, picture.Height, colour, 8, picture.Pixels, path));
        WholeFile.Write(path, file);
    }

    /// <summary>Writes a JPEG file, colour at full resolution (4:4:4).</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="picture">Grey or RGB.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">The picture has alpha, which JPEG cannot store, or the quality is outside its range.</exception>
    /// <exception cref="PictureException">The file cannot be written; none is left behind and an older one stays as it was.</exception>
    public static void WriteJpeg(string path, Picture picture, int quality = 90) => WholeFile.Write(path, EncodeJpeg(path, picture, quality));

    /// <summary>The bytes of a JPEG file, for embedding.</summary>
    /// <param name="picture">Grey or RGB.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">The picture has alpha, which JPEG cannot store, or the quality is outside its range.</exception>
    /// <exception cref="PictureException">The JPEG library is missing.</exception>
    public static byte[] EncodeJpeg(Picture picture, int quality = 90) => EncodeJpeg("a picture", picture, quality);

    private static byte[] EncodeJpeg(string path, Picture picture, int quality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        if (picture.Channels == 4)
            throw new ArgumentException("JPEG stores no alpha: write a PNG, or lay the picture over a ground first.", nameof(picture));
        return NativeLibraries.Guard(path, TurboJpeg.Package, () => JpegCodec.Encode(picture, quality, path));
    }

    private static Picture Read(string path, bool alpha, PictureLimits? limits)
    {
        limits ??= PictureLimits.Default;
        byte[] file = WholeFile.Read(path, limits);
        if (JpegCodec.Recognises(file))
            return NativeLibraries.Guard(path, TurboJpeg.Package, () => JpegCodec.Decode(file, alpha ? 4 : 3, path, limits));
        if (PngCodec.Recognises(file))
            return NativeLibraries.Guard(path, Spng.Package, () => PngCodec.Decode(file, alpha, path, limits));
        throw UnknownFormat(path);
    }

    private static PictureException UnknownFormat(string path) =>
        new(path, "its content is neither JPEG nor PNG; convert the picture to one of the two.");

    private static Picture OverWhite(Picture rgba)
    {
        var rgb = new Picture(rgba.Width, rgba.Height, 3);
        byte[] from = rgba.Pixels, to = rgb.Pixels;
        for (int i = 0, o = 0; i < from.Length; i += 4, o += 3)
        {
            int alpha = from[i + 3], white = 255 * (255 - alpha) + 127;
            to[o] = (byte)((from[i] * alpha + white) / 255);
            to[o + 1] = (byte)((from[i + 1] * alpha + white) / 255);
            to[o + 2] = (byte)((from[i + 2] * alpha + white) / 255);
        }
        return rgb;
    }
}
