using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rca.Bench;

/// <summary>The most memory that this process had resident since a moment, on Linux with glibc.</summary>
internal static class PeakMemory
{
    /// <summary>MiB, what the process held at that moment included.</summary>
    public static double Mebibytes
    {
        get
        {
            using Process self = Process.GetCurrentProcess();
            return self.PeakWorkingSet64 / (double)(1 << 20);
        }
    }

    /// <summary>Begins anew, without what earlier work used and freed.</summary>
    public static void Reset()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        Trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5"); // forgets the peak so far
    }

    /// <summary>glibc gives the memory that it holds free back to the system.</summary>
    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint keep);
}
