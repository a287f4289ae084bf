using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rca.Imaging.Codecs;

/// <summary>The part of libspng 0.7 in use.</summary>
internal static unsafe partial class Spng
{
    public const string Library = "libspng.so.0";
    public const string Package = "libspng0";

    public const int EncoderContext = 2;
    public const int FormatRgba8 = 1, FormatRgb8 = 4, FormatPng = 256;
    public const int DecodeTransparency = 1;
    public const int EncodeFinalize = 2;
    public const int OptionEncodeToBuffer = 12;
    public const int ChunkNotAvailable = 73;

    [StructLayout(LayoutKind.Sequential)]
    public struct Header
    {
        public uint Width, Height;
        public byte BitDepth;
        public PngColour Colour;
        public byte Compression, Filter, Interlace;
    }

    [InlineArray(256)]
    public struct Entries
    {
        private Entry _first;
    }

    public record struct Entry(byte Red, byte Green, byte Blue, byte Alpha);

    public struct Palette
    {
        public uint Count;
        public Entries Entries;
    }

    /// <summary>Only its presence is asked for; the size is that of <c>struct spng_trns</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 268)]
    public struct Transparency;

    [LibraryImport(Library)]
    public static partial nint spng_ctx_new(int flags);

    [LibraryImport(Library)]
    public static partial void spng_ctx_free(nint context);

    [LibraryImport(Library)]
    public static partial int spng_set_png_buffer(nint context, byte* buffer, nuint size);

    [LibraryImport(Library)]
    public static partial byte* spng_get_png_buffer(nint context, nuint* size, int* error);

    [LibraryImport(Library)]
    public static partial int spng_set_chunk_limits(nint context, nuint chunkSize, nuint cacheSize);

    [LibraryImport(Library)]
    public static partial int spng_set_option(nint context, int option, int value);

    [LibraryImport(Library)]
    public static partial int spng_get_ihdr(nint context, out Header header);

    [LibraryImport(Library)]
    public static partial int spng_set_ihdr(nint context, in Header header);

    [LibraryImport(Library)]
    public static partial int spng_set_plte(nint context, in Palette palette);

    [LibraryImport(Library)]
    public static partial int spng_get_trns(nint context, Transparency* transparency);

    [LibraryImport(Library)]
    public static partial int spng_decoded_image_size(nint context, int format, out nuint size);

    [LibraryImport(Library)]
    public static partial int spng_decode_image(nint context, byte* pixels, nuint size, int format, int flags);

    [LibraryImport(Library)]
    public static partial int spng_decode_chunks(nint context);

    [LibraryImport(Library)]
    public static partial int spng_encode_image(nint context, byte* pixels, nuint size, int format, int flags);

    [LibraryImport(Library)]
    private static partial byte* spng_strerror(int error);

    public static string Describe(int error) => Marshal.PtrToStringUTF8((nint)spng_strerror(error)) ?? $"error {error}";
}

/// <summary>Colour types of a PNG file.</summary>
internal enum PngColour : byte
{
    Gray = 0,
    Rgb = 2,
    Indexed = 3,
    GrayAlpha = 4,
    Rgba = 6,
}
