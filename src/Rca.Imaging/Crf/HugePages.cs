using System.Runtime.InteropServices;

namespace Rca.Imaging.Crf;

/// <summary>Memory in pages of 2 MiB: one fault where there would be 512, and fewer pages to look up in scattered access.</summary>
internal static unsafe partial class HugePages
{
    private const int Advice = 14; // MADV_HUGEPAGE
    private const long LeastBytes = 4 << 20;

    /// <summary>Wishes for them where it may matter; the system may leave the wish unheard.</summary>
    public static void Prefer(void* memory, long bytes)
    {
        if (bytes < LeastBytes || !OperatingSystem.IsLinux())
            return;
        nint page = Environment.SystemPageSize, begin = ((nint)memory + page - 1) / page * page, end = ((nint)memory + (nint)bytes) / page * page;
        _ = madvise(begin, end - begin, Advice);
    }

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nint length, int advice);
}
