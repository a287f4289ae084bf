using System.Text.RegularExpressions;
using Rca.Torch;

namespace Rca.Computing;

/// <summary>The library that multiplies matrices on the processor.</summary>
/// <param name="Name">What it is, for example "OpenBLAS with OpenMP".</param>
/// <param name="Path">Where it was loaded from; null where it is a part of libtorch, or unknown.</param>
/// <param name="Drawback">Why it is slow; null where it is not.</param>
public sealed partial record BlasLibrary(string Name, string? Path = null, string? Drawback = null)
{
    /// <summary>The one that this process uses.</summary>
    /// <exception cref="TorchException">libtorch is missing.</exception>
    public static BlasLibrary OfProcess()
    {
        string description = TorchRuntime.Describe(); // loads it
        return Find(LoadedLibraries.Paths(), BuiltIn().Match(description).Groups[1].Value);
    }

    /// <summary>Recognises the library.</summary>
    /// <param name="libraries">Paths of the libraries in the process.</param>
    /// <param name="builtIn">What libtorch says was linked into it, for example "mkl"; "generic" or empty for a library of the system.</param>
    public static BlasLibrary Find(IReadOnlyList<string> libraries, string builtIn)
    {
        string? Loaded(string name) => libraries.FirstOrDefault(path => System.IO.Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
        if (Loaded("libopenblas") is { } open)
            return open.Contains("pthread", StringComparison.Ordinal) ? new BlasLibrary("OpenBLAS with its own threads", open, "it ignores libtorch's thread count")
                : open.Contains("serial", StringComparison.Ordinal) ? new BlasLibrary("OpenBLAS with one thread", open, "it leaves the other processors idle")
                : new BlasLibrary("OpenBLAS with OpenMP", open);
        if (Loaded("libmkl") is { } mkl) return new BlasLibrary("MKL", mkl);
        if (Loaded("libblis") is { } blis) return new BlasLibrary("BLIS", blis);
        if (Loaded("libblas") is { } reference) return new BlasLibrary("the reference BLAS", reference, "it is about 30 times slower than OpenBLAS");
        return builtIn is "" or "generic"
            ? new BlasLibrary("none that was recognised", Drawback: "matrix products may be slow")
            : new BlasLibrary($"{builtIn}, built into libtorch");
    }

    [GeneratedRegex(@"BLAS_INFO=(\w+)")]
    private static partial Regex BuiltIn();
}
