using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Rca.Torch;

namespace Rca.Cli.Doctor;

/// <summary>The machine itself: system, processor, memory, disk.</summary>
internal static class SystemFindings
{
    private const double MemoryForTraining = 3;
    private const double DiskForRun = 2;

    public static IEnumerable<Finding> All()
    {
        yield return Finding.Ok("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        yield return Finding.Ok(".NET", RuntimeInformation.FrameworkDescription);
        yield return Processor();
        yield return Memory();
        yield return Disk();
    }

    private static Finding Processor()
    {
        var found = $"{ProcessorName()}, {Environment.ProcessorCount} threads, {string.Join(", ", InstructionSets())}";
        return RuntimeInformation.ProcessArchitecture == Architecture.X64 && !Avx2.IsSupported
            ? Finding.Warning("processor", found, "Without AVX2 training takes several times as long; use a newer machine or a GPU.")
            : Finding.Ok("processor", found);
    }

    private static IEnumerable<string> InstructionSets()
    {
        if (Avx2.IsSupported)
            yield return "AVX2";
        if (Avx512F.IsSupported)
            yield return "AVX-512";
        if (AdvSimd.IsSupported)
            yield return "NEON";
        yield return TorchRuntime.HasFastBFloat16 ? "bf16" : "no bf16";
    }

    private static string ProcessorName()
    {
        const string field = "model name";
        try
        {
            var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(text => text.StartsWith(field, StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unnamed processor";
        }
        catch (IOException)
        {
            return "unnamed processor";
        }
    }

    private static Finding Memory()
    {
        // A container's limit counts here, not the machine's memory.
        var gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        return gigabytes < MemoryForTraining
            ? Finding.Warning("memory", Gigabytes(gigabytes), $"Training with the usual settings takes about {Gigabytes(MemoryForTraining)}; use a smaller --batch or --size.")
            : Finding.Ok("memory", Gigabytes(gigabytes));
    }

    private static Finding Disk()
    {
        var folder = Directory.GetCurrentDirectory();
        var free = new DriveInfo(folder).AvailableFreeSpace / 1e9;
        var found = $"{Gigabytes(free)} free in {folder}";
        return free < DiskForRun
            ? Finding.Warning("disk", found, $"A run with its data takes up to {Gigabytes(DiskForRun)}; make room, or write with --out elsewhere.")
            : Finding.Ok("disk", found);
    }

    private static string Gigabytes(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.#} GB");
}
