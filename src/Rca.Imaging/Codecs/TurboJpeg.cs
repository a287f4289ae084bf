using System.Runtime.InteropServices;

namespace Rca.Imaging.Codecs;

/// <summary>The part of the TurboJPEG 2 interface in use. <c>unsigned long</c> is <see cref="nuint"/> on Linux.</summary>
internal static unsafe partial class TurboJpeg
{
    public const string Library = "libturbojpeg.so.0";
    public const string Package = "libturbojpeg0";

    public const int PixelRgb = 0, PixelGray = 6, PixelRgba = 7, PixelCmyk = 11;
    public const int Sampling444 = 0, SamplingGray = 3;
    public const int AccurateDct = 4096, LimitScans = 32768;
    public const int ErrorWarning = 0;

    [LibraryImport(Library)]
    public static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    public static partial nint tjInitCompress();

    [LibraryImport(Library)]
    public static partial int tjDestroy(nint handle);

    [LibraryImport(Library)]
    public static partial int tjDecompress2(
        nint handle, byte* jpeg, nuint jpegSize, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(Library)]
    public static partial int tjCompress2(
        nint handle, byte* pixels, int width, int pitch, int height, int pixelFormat,
        byte** jpeg, nuint* jpegSize, int sampling, int quality, int flags);

    [LibraryImport(Library)]
    public static partial void tjFree(byte* buffer);

    [LibraryImport(Library)]
    public static partial int tjGetErrorCode(nint handle);

    [LibraryImport(Library)]
    private static partial byte* tjGetErrorStr2(nint handle);

    public static string LastError(nint handle) => Marshal.PtrToStringUTF8((nint)tjGetErrorStr2(handle)) ?? "unknown error";
}
