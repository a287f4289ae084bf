using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
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

    /// <summary>MiB of a CUDA device's memory that a process holds, which libtorch does not give back; as the driver tells, not a number where it does not.</summary>
    public static double MebibytesOnCuda(int process)
    {
        Process asked;
        try
        {
            asked = Process.Start(new ProcessStartInfo("nvidia-smi", ["--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true })!;
        }
        catch (Win32Exception)
        {
            return double.NaN; // not installed
        }
        using Process _ = asked;
        string found = asked.StandardOutput.ReadToEnd().Split('\n').FirstOrDefault(line => line.StartsWith($"{process},", StringComparison.Ordinal)) ?? "";
        asked.WaitForExit();
        return double.TryParse(found.Split(',').Last(), CultureInfo.InvariantCulture, out double mebibytes) ? mebibytes : double.NaN;
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
