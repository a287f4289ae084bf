namespace Rca.Imaging.Codecs;

/// <summary>JPEG by TurboJPEG.</summary>
internal static unsafe class JpegCodec
{
    public static bool Recognises(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>Decodes to RGB (3) or RGBA (4 channels), upright.</summary>
    public static Picture Decode(byte[] file, int channels, string path, PictureLimits limits)
    {
        JpegHeader header = JpegHeader.Read(new MemoryStream(file, writable: false), path);
        limits.Check(path, header.Width, header.Height);
        // TurboJPEG converts four ink components to nothing but CMYK.
        bool isCmyk = header.Components == 4;
        int format = isCmyk ? TurboJpeg.PixelCmyk : channels == 4 ? TurboJpeg.PixelRgba : TurboJpeg.PixelRgb;
        var stored = Picture.Unwritten(header.Width, header.Height, isCmyk ? 4 : channels);
        Decompress(file, header, stored, format, path);
        return (isCmyk ? CmykToRgb(stored, channels) : stored).Upright(header.Orientation);
    }

    public static byte[] Encode(Picture picture, int quality, string path)
    {
        (int format, int sampling) = picture.Channels == 1
            ? (TurboJpeg.PixelGray, TurboJpeg.SamplingGray)
            : (TurboJpeg.PixelRgb, TurboJpeg.Sampling444);
        nint handle = TurboJpeg.tjInitCompress();
        byte* jpeg = null;
        nuint size = 0;
        try
        {
            int result;
            fixed (byte* pixels = picture.Pixels)
                result = TurboJpeg.tjCompress2(
                    handle, pixels, picture.Width, picture.Width * picture.Channels, picture.Height, format,
                    &jpeg, &size, sampling, quality, TurboJpeg.AccurateDct);
            return result == 0
                ? new ReadOnlySpan<byte>(jpeg, checked((int)size)).ToArray()
                : throw new PictureException(path, $"cannot be encoded as JPEG: {TurboJpeg.LastError(handle)}.");
        }
        finally
        {
            TurboJpeg.tjFree(jpeg);
            TurboJpeg.tjDestroy(handle);
        }
    }

    private static void Decompress(byte[] file, JpegHeader header, Picture target, int format, string path)
    {
        nint handle = TurboJpeg.tjInitDecompress();
        try
        {
            int result;
            fixed (byte* jpeg = file, pixels = target.Pixels)
                result = TurboJpeg.tjDecompress2(
                    handle, jpeg, (nuint)file.Length, pixels, target.Width, target.Width * target.Channels, target.Height,
                    format, TurboJpeg.LimitScans);
            if (result == 0)
                return;
            string problem = TurboJpeg.LastError(handle);
            if (!IsHarmless(handle, problem, header))
                throw new PictureException(path, $"the JPEG file is damaged or truncated: {problem}.");
        }
        finally
        {
            TurboJpeg.tjDestroy(handle);
        }
    }

    /// <summary>
    /// TurboJPEG keeps the first warning only. Filler before the end marker is always the last warning, so nothing worse can follow it,
    /// unless the decoder met the end marker while it looked for a restart marker.
    /// </summary>
    private static bool IsHarmless(nint handle, string problem, JpegHeader header) =>
        TurboJpeg.tjGetErrorCode(handle) == TurboJpeg.ErrorWarning
        && problem.EndsWith("extraneous bytes before marker 0xd9", StringComparison.Ordinal)
        && !header.HasRestarts;

    /// <summary>Files store inks inverted (Adobe's convention, followed by all common writers), so a product with black gives light.</summary>
    private static Picture CmykToRgb(Picture inks, int channels)
    {
        var result = new Picture(inks.Width, inks.Height, channels);
        byte[] from = inks.Pixels, to = result.Pixels;
        for (int i = 0, o = 0; i < from.Length; i += 4, o += channels)
        {
            int light = from[i + 3];
            to[o] = (byte)((from[i] * light + 127) / 255);
            to[o + 1] = (byte)((from[i + 1] * light + 127) / 255);
            to[o + 2] = (byte)((from[i + 2] * light + 127) / 255);
            if (channels == 4)
                to[o + 3] = 255;
        }
        return result;
    }
}
