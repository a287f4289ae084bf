using System.Runtime.InteropServices;

namespace Rca.Imaging.Crf;

/// <summary>Memory in pages of 2 MiB: one page fault instead of 512, and fewer pages to look up in scattered access.</summary>
internal static unsafe partial class HugePages
{
    private const int Advice = 14; // MADV_HUGEPAGE
    private const long LeastBytes = 4 << 20;

    /// <summary>Asks the system for huge pages where they may help; the system may ignore the request.</summary>
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
