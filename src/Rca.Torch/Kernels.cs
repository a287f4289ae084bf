using System.Runtime.InteropServices;

namespace Rca.Torch;

/// <summary>
/// Owns the library of our own operators (<c>src/Rca.Kernels</c>): it is loaded once, when a float32 tensor on the processor first comes to one of
/// them. Where it is absent libtorch's operators of these names do the same, slower.
/// </summary>
public static class Kernels
{
    internal static readonly Operator
        Conv2d = new("rca::conv2d"),
        MaxPool2d = new("rca::max_pool2d");

    private static readonly Lazy<string?> Problem = new(static () => Open(LibraryPath)); // one thread loads, others wait for it

    /// <summary>Where the library is looked for.</summary>
    public static string LibraryPath => Path.Combine(AppContext.BaseDirectory, "librca_kernels.so");

    /// <summary>Loads the library, once in a process.</summary>
    /// <returns>Null where it is there; else why it is not, which stays so until the process ends.</returns>
    /// <exception cref="TorchLoadException">libtorch or the shim is missing, or they do not fit together.</exception>
    public static string? Load() => Problem.Value;

    /// <summary>Whether the library has a say about <paramref name="x"/>. What does not suit it, it hands on to libtorch.</summary>
    internal static bool Serve(Tensor x) => x.DType == DType.Float32 && !x.Device.IsCuda && !Autocast.OnProcessor && Load() is null;

    /// <summary>Loads the library, after the libtorch that it binds to.</summary>
    /// <returns>What went wrong, if anything.</returns>
    internal static string? Open(string path)
    {
        TorchRuntime.Initialize();
        return !File.Exists(path) ? $"{path} does not exist."
            : NativeLibrary.TryLoad(path, out _) ? null
            : $"{path} does not load. {TorchRuntime.LoaderMessage(path)}";
    }
}
