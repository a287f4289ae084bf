namespace Rca.Torch;

/// <summary>Where a tensor lives.</summary>
/// <param name="Type">0 is the processor, 1 is CUDA (libtorch's numbers).</param>
/// <param name="Index">Which CUDA device; 0 on the processor.</param>
public readonly record struct Device(int Type, int Index)
{
    /// <summary>The processor.</summary>
    public static Device Cpu => new(0, 0);

    /// <summary>A CUDA device.</summary>
    public static Device Cuda(int index = 0) => new(1, index);

    /// <summary>True for a CUDA device.</summary>
    public bool IsCuda => Type == 1;

    /// <summary>Reads <c>auto</c> (CUDA where there is one), <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <exception cref="TorchException">The text is none of these, or CUDA is asked for and absent.</exception>
    public static Device Parse(string text)
    {
        if (text == "cpu") return Cpu;
        if (text == "auto") return TorchRuntime.CudaAvailable ? Cuda() : Cpu;
        if (CudaIndex(text) is not { } index)
            throw new TorchException($"The device '{text}' is unknown. Use auto, cpu, cuda or cuda:N.");
        if (!TorchRuntime.CudaAvailable)
            throw new TorchException($"The device '{text}' was asked for, but this libtorch ({TorchRuntime.Version}) finds no CUDA device. Use --device cpu, or set LIBTORCH to a libtorch with CUDA and build again.");
        return Cuda(index);
    }

    /// <summary>Whether <see cref="Parse"/> knows the form of a text; not whether there is such a device.</summary>
    public static bool IsWellFormed(string text) => text is "auto" or "cpu" || CudaIndex(text) is not null;

    /// <summary>N of <c>cuda:N</c>, 0 of <c>cuda</c>, null of anything else.</summary>
    private static int? CudaIndex(string text) =>
        text == "cuda" ? 0
        : text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out int index) && index is >= 0 and < 128 ? index
        : null;

    /// <inheritdoc/>
    public override string ToString() => IsCuda ? $"cuda:{Index}" : "cpu";
}
