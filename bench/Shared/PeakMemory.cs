using System.Globalization;

namespace Rca.Bench;

/// <summary>The largest resident memory of this process since a moment, as Linux counts it.</summary>
internal static class PeakMemory
{
    public static double Mebibytes => File.ReadLines("/proc/self/status")
        .Where(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(static line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024).Single();

    /// <summary>Begins anew from what is resident now.</summary>
    public static void Reset() => File.WriteAllText("/proc/self/clear_refs", "5");
}
