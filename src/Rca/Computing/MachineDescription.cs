using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Rca.Torch;

namespace Rca.Computing;

/// <summary>What decides the speed of the machine that this process runs on. Does not need libtorch.</summary>
/// <param name="System">Operating system and architecture.</param>
/// <param name="Processor">Name of the processor, with its family and model where they are known: hypervisors shorten names.</param>
/// <param name="Processors">Processors that this process may use at a time.</param>
/// <param name="InstructionSets">Those that decide speed, in words; "bf16" or "no bf16" is always among them.</param>
/// <param name="MemoryBytes">Memory that this process may use: a container's limit counts, not the machine's memory.</param>
/// <param name="Gpus">Names of the NVIDIA GPUs that the driver lists.</param>
public sealed record MachineDescription(
    string System, string Processor, int Processors, IReadOnlyList<string> InstructionSets, long MemoryBytes, IReadOnlyList<string> Gpus)
{
    private const string GpuFolder = "/proc/driver/nvidia/gpus";

    /// <summary>This machine.</summary>
    public static MachineDescription Here()
    {
        IReadOnlyDictionary<string, string> processor = Fields("/proc/cpuinfo");
        return new MachineDescription(
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}", ProcessorName(processor), Environment.ProcessorCount,
            [.. InstructionSetsOf(processor.GetValueOrDefault("flags", ""))], GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, [.. GpuNames()]);
    }

    /// <summary>The load: average number of programs running or ready to run in the last minute; null if the system does not tell.</summary>
    public static double? RecentLoad() =>
        Lines("/proc/loadavg") is [var line, ..] && double.TryParse(line.Split(' ')[0], CultureInfo.InvariantCulture, out double load) ? load : null;

    private static string ProcessorName(IReadOnlyDictionary<string, string> fields)
    {
        string name = fields.GetValueOrDefault("model name", "unnamed processor");
        return fields.TryGetValue("cpu family", out string? family) && fields.TryGetValue("model", out string? model) ? $"{name} (family {family}, model {model})" : name;
    }

    private static IEnumerable<string> InstructionSetsOf(string flags)
    {
        if (Avx2.IsSupported) yield return "AVX2";
        if (Avx512F.IsSupported) yield return "AVX-512";
        if (flags.Split(' ').Contains("amx_tile")) yield return "AMX";
        if (AdvSimd.IsSupported) yield return "NEON";
        yield return TorchRuntime.HasFastBFloat16 ? "bf16" : "no bf16";
    }

    private static IEnumerable<string> GpuNames() =>
        !Directory.Exists(GpuFolder) ? []
        : from folder in Directory.GetDirectories(GpuFolder).Order(StringComparer.Ordinal)
          let fields = Fields(Path.Combine(folder, "information"))
          where fields.ContainsKey("Model")
          select fields["Model"];

    /// <summary>The first block of a file of "name : value" lines.</summary>
    private static Dictionary<string, string> Fields(string path)
    {
        var fields = new Dictionary<string, string>();
        foreach (string line in Lines(path).TakeWhile(static line => line.Length > 0))
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is [var name, var value]) fields.TryAdd(name, value);
        return fields;
    }

    /// <summary>The lines of a file of the system; none where it cannot be read.</summary>
    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
