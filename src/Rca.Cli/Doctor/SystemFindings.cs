using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Rca.Computing;

namespace Rca.Cli.Doctor;

/// <summary>The machine itself: system, processor, memory, disk.</summary>
internal static class SystemFindings
{
    private const double MemoryForTraining = 3;
    private const double DiskForRun = 2;

    public static IEnumerable<Finding> All()
    {
        var machine = MachineDescription.Here();
        yield return Finding.Ok("system", machine.System);
        yield return Finding.Ok(".NET", RuntimeInformation.FrameworkDescription);
        yield return Processor(machine);
        yield return Memory(machine);
        yield return Disk();
    }

    private static Finding Processor(MachineDescription machine)
    {
        var found = $"{machine.Processor}, {machine.Processors} threads, {string.Join(", ", machine.InstructionSets)}";
        return RuntimeInformation.ProcessArchitecture == Architecture.X64 && !Avx2.IsSupported
            ? Finding.Warning("processor", found, "Without AVX2 training takes several times as long; use a newer machine or a GPU.")
            : Finding.Ok("processor", found);
    }

    private static Finding Memory(MachineDescription machine)
    {
        var gigabytes = machine.MemoryBytes / 1e9;
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
