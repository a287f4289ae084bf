using Rca.Computing;

namespace Rca.Cli.Doctor;

/// <summary>Matrix products: with the wrong library, training is up to thirty times slower.</summary>
internal static class BlasFindings
{
    private const string Topic = "BLAS";
    private const string Install = "Run: apt-get install libopenblas0-openmp";

    public static Finding Library(BlasLibrary library)
    {
        var found = library.Path is { } path ? $"{library.Name} ({path})" : library.Name;
        return library.Drawback is { } drawback ? Finding.Warning(Topic, $"{found}; {drawback}", Install) : Finding.Ok(Topic, found);
    }

    /// <summary>A warning where OPENBLAS_CORETYPE keeps OpenBLAS from the processor's best kernels; else nothing.</summary>
    public static IEnumerable<Finding> KernelPin(IReadOnlyList<string> libraries, string? coreType, bool hasAvx512)
    {
        string[] withAvx512 = ["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS"];
        var isPinned = !string.IsNullOrEmpty(coreType) && hasAvx512
            && !withAvx512.Contains(coreType.ToUpperInvariant())
            && libraries.Any(path => path.Contains("openblas", StringComparison.Ordinal));
        if (isPinned)
            yield return Finding.Warning("BLAS kernels", $"OPENBLAS_CORETYPE={coreType}, although this processor has AVX-512",
                "Run: unset OPENBLAS_CORETYPE (doubles the speed of fp32 matrix products)");
    }
}
