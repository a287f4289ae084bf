using System.Collections;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using Rca.Computing;
using Rca.Torch;

namespace Rca.Cli.Doctor;

/// <summary>libtorch and what decides its speed.</summary>
internal static partial class TorchFindings
{
    private static readonly string[] ThreadVariables = ["OMP_", "MKL_", "OPENBLAS_NUM_", "KMP_", "GOMP_"];

    public static IEnumerable<Finding> All()
    {
        string description;
        Finding? failure = null;
        try
        {
            TorchRuntime.Initialize();
            description = TorchRuntime.Describe();
        }
        catch (TorchException e)
        {
            description = "";
            failure = Finding.Missing("libtorch", e.Message, "Run eng/bootstrap.sh, or set LIBTORCH to an unzipped libtorch; then start ./rca again.");
        }
        if (failure is not null)
            return [failure];
        var libraries = LoadedLibraries.Paths();
        return
        [
            Libtorch(libraries, LoadedVersion().Match(description).Groups[1].Value),
            BlasFindings.Library(BlasLibrary.OfProcess()),
            .. BlasFindings.KernelPin(libraries, Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE"), Avx512F.IsSupported),
            KernelLibrary(Kernels.Load()),
            Threads(TorchRuntime.Threads, Environment.ProcessorCount),
            Cuda(),
        ];
    }

    private static Finding Libtorch(IReadOnlyList<string> libraries, string loaded)
    {
        var path = libraries.FirstOrDefault(library => Path.GetFileName(library).StartsWith("libtorch_cpu.", StringComparison.Ordinal));
        var found = $"{TorchRuntime.Version} in {path ?? "an unknown place"}";
        return loaded.Length > 0 && loaded != TorchRuntime.Version
            ? Finding.Missing("libtorch", $"the shim was made for {TorchRuntime.Version}, but {loaded} loads from {path}",
                "Delete artifacts/build.stamp and start ./rca again, so that the shim is built against the libtorch that loads.")
            : Finding.Ok("libtorch", found);
    }

    internal static Finding KernelLibrary(string? problem) => problem is null
        ? Finding.Ok("own operators", $"for float32 on the processor, in {Kernels.LibraryPath}")
        : Finding.Warning("own operators", $"absent: {problem} float32 on the processor takes libtorch's, which are slower",
            "Delete artifacts/build.stamp and start ./rca again; artifacts/kernels/build.log says what the compiler found.");

    internal static Finding Threads(int threads, int processors)
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(entry => ThreadVariables.Any(prefix => ((string)entry.Key).StartsWith(prefix, StringComparison.Ordinal)))
            .Select(entry => $"{entry.Key}={entry.Value}").Order(StringComparer.Ordinal);
        var found = string.Join(", ", variables.Prepend($"{threads} for {processors} processors"));
        return threads == processors
            ? Finding.Ok("threads", found)
            : Finding.Warning("threads", found, $"Unset OMP_NUM_THREADS or set it to {processors}, unless other work needs the processors.");
    }

    private static Finding Cuda()
    {
        if (TorchRuntime.CudaAvailable)
            return Finding.Ok("CUDA", "available");
        return File.Exists("/proc/driver/nvidia/version")
            ? Finding.Warning("CUDA", "there is an NVIDIA driver, but this libtorch finds no device",
                "Set LIBTORCH to a libtorch that is built for CUDA, then start ./rca again.")
            : Finding.Ok("CUDA", "no NVIDIA GPU here; training runs on the processor");
    }

    [GeneratedRegex(@"TORCH_VERSION=([\d.]+)")]
    private static partial Regex LoadedVersion();
}
