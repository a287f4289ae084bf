using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Codecs;

/// <summary>PNG by libspng.</summary>
internal static unsafe class PngCodec
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Bytes of the signature and the header chunk up to its colour type.</summary>
    public const int HeaderLength = 26;

    /// <summary>The longest colour profile or text that is kept in memory; with a longer one the file is refused, so that memory stays bounded.</summary>
    private const int LargestChunk = 64 << 20;

    /// <summary>Deflate shrinks data by no more than this.</summary>
    private const int LargestDeflateRatio = 1032;

    public static bool Recognises(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Width and height as the header states them, unchecked.</summary>
    public static (long Width, long Height) ReadSize(ReadOnlySpan<byte> start, string path)
    {
        if (start.Length < HeaderLength || !start[12..].StartsWith("IHDR"u8))
            throw new PictureException(path, "the PNG file ends within its header or has none; it is truncated or damaged.");
        return (BinaryPrimitives.ReadUInt32BigEndian(start[16..]), BinaryPrimitives.ReadUInt32BigEndian(start[20..]));
    }

    /// <summary>Decodes to RGBA where the file has transparency or <paramref name="alpha"/> asks for it, to RGB otherwise.</summary>
    public static Picture Decode(byte[] file, bool alpha, string path, PictureLimits limits)
    {
        fixed (byte* png = file)
        {
            using var reader = new Reader(png, file.Length, path, limits);
            bool hasAlpha = alpha || reader.HasTransparency;
            var picture = Picture.Unwritten((int)reader.Header.Width, (int)reader.Header.Height, hasAlpha ? 4 : 3);
            reader.Decode(picture.Pixels, hasAlpha ? Spng.FormatRgba8 : Spng.FormatRgb8, hasAlpha ? Spng.DecodeTransparency : 0);
            return picture;
        }
    }

    /// <summary>Passes the stored samples on as they are: packed where they have fewer than 8 bits, in machine order where they have 16.</summary>
    public static T DecodeRaw<T>(
        byte[] file, string path, PictureLimits limits, Action<Spng.Header> check, Func<Spng.Header, ReadOnlySpan<byte>, T> use)
    {
        fixed (byte* png = file)
        {
            using var reader = new Reader(png, file.Length, path, limits);
            check(reader.Header);
            var size = checked((int)reader.Size(Spng.FormatPng));
            byte[] rows = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                rows.AsSpan(0, size).Clear(); // samples below 8 bits of interlaced files are added to what is there
                reader.Decode(rows.AsSpan(0, size), Spng.FormatPng, 0);
                return use(reader.Header, rows.AsSpan(0, size));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rows);
            }
        }
    }

    /// <summary>Encodes samples as they are; 16-bit samples in machine order.</summary>
    public static byte[] Encode(
        int width, int height, PngColour colour, byte bitDepth, ReadOnlySpan<byte> samples, string path, bool vocPalette = false)
    {
        nint context = Spng.spng_ctx_new(Spng.EncoderContext);
        byte* png = null;
        try
        {
            var header = new Spng.Header { Width = (uint)width, Height = (uint)height, Colour = colour, BitDepth = bitDepth };
            Check(Spng.spng_set_option(context, Spng.OptionEncodeToBuffer, 1), path);
            Check(Spng.spng_set_ihdr(context, header), path);
            if (vocPalette)
                Check(Spng.spng_set_plte(context, VocEntries()), path);
            fixed (byte* pixels = samples)
                Check(Spng.spng_encode_image(context, pixels, (nuint)samples.Length, Spng.FormatPng, Spng.EncodeFinalize), path);
            nuint size;
            int error;
            png = Spng.spng_get_png_buffer(context, &size, &error);
            Check(error, path);
            return new ReadOnlySpan<byte>(png, checked((int)size)).ToArray();
        }
        finally
        {
            NativeMemory.Free(png); // allocated by the C library's malloc
            Spng.spng_ctx_free(context);
        }
    }

    private static Spng.Palette VocEntries()
    {
        var palette = new Spng.Palette { Count = 256 };
        for (int label = 0; label < 256; label++)
        {
            (byte red, byte green, byte blue) = VocPalette.Colour(label);
            palette.Entries[label] = new Spng.Entry(red, green, blue, 255);
        }
        return palette;
    }

    private static void Check(int error, string path)
    {
        if (error != 0)
            throw new PictureException(path, $"cannot be encoded as PNG: {Spng.Describe(error)}.");
    }

    /// <summary>One decoding; the file's bytes stay pinned by the caller.</summary>
    private readonly ref struct Reader
    {
        private readonly nint _context;
        private readonly string _path;

        public Reader(byte* png, int length, string path, PictureLimits limits)
        {
            _path = path;
            (long width, long height) = ReadSize(new ReadOnlySpan<byte>(png, length), path);
            limits.Check(path, width, height);
            _context = Spng.spng_ctx_new(0);
            try
            {
                Require(Spng.spng_set_png_buffer(_context, png, (nuint)length));
                Require(Spng.spng_set_chunk_limits(_context, LargestChunk, LargestChunk));
                Require(Spng.spng_get_ihdr(_context, out Header));
                if (Size(Spng.FormatPng) > (nuint)length * LargestDeflateRatio)
                    throw new PictureException(
                        path, $"{length:N0} bytes cannot hold its {width}×{height} pixels; the PNG file is truncated or damaged.");
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public readonly Spng.Header Header;

        public bool HasTransparency
        {
            get
            {
                if (Header.Colour is PngColour.GrayAlpha or PngColour.Rgba)
                    return true;
                Spng.Transparency transparency;
                int result = Spng.spng_get_trns(_context, &transparency);
                if (result == Spng.ChunkNotAvailable)
                    return false;
                Require(result);
                return true;
            }
        }

        public nuint Size(int format)
        {
            Require(Spng.spng_decoded_image_size(_context, format, out nuint size));
            return size;
        }

        public void Decode(Span<byte> pixels, int format, int flags)
        {
            fixed (byte* target = pixels)
                Require(Spng.spng_decode_image(_context, target, (nuint)pixels.Length, format, flags));
            // Reads on to the end chunk: a file cut behind its last pixel is truncated, too.
            Require(Spng.spng_decode_chunks(_context));
        }

        public void Dispose() => Spng.spng_ctx_free(_context);

        private void Require(int error)
        {
            if (error != 0)
                throw new PictureException(_path, $"the PNG file is damaged or truncated: {Spng.Describe(error)}.");
        }
    }
}
