namespace Rca.Cli.Doctor;

/// <summary>Matrix products: the library that does them decides the speed of training by a factor of thirty.</summary>
internal static class BlasFindings
{
    private const string Topic = "BLAS";
    private const string Install = "Run: apt-get install libopenblas0-openmp";

    /// <param name="libraries">Paths of the libraries in the process.</param>
    /// <param name="builtIn">What libtorch says was linked into it, for example "mkl"; "generic" or empty for a library of the system.</param>
    public static Finding Library(IReadOnlyList<string> libraries, string builtIn)
    {
        string? Find(string name) => libraries.FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
        if (Find("libopenblas") is { } open)
        {
            if (open.Contains("pthread", StringComparison.Ordinal))
                return Finding.Warning(Topic, $"OpenBLAS with its own threads ({open}), which ignores libtorch's thread count", Install);
            if (open.Contains("serial", StringComparison.Ordinal))
                return Finding.Warning(Topic, $"OpenBLAS with one thread ({open})", Install);
            return Finding.Ok(Topic, $"OpenBLAS with OpenMP ({open})");
        }
        if (Find("libmkl") is { } mkl)
            return Finding.Ok(Topic, $"MKL ({mkl})");
        if (Find("libblis") is { } blis)
            return Finding.Ok(Topic, $"BLIS ({blis})");
        if (Find("libblas") is { } reference)
            return Finding.Warning(Topic, $"the reference BLAS ({reference}), about 30 times slower than OpenBLAS", Install);
        return builtIn is "" or "generic"
            ? Finding.Warning(Topic, "none was recognised; matrix products may be slow", Install)
            : Finding.Ok(Topic, $"{builtIn}, built into libtorch");
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
