namespace Rca.Torch;

/// <summary>Named tensors and text metadata, as a weight file holds them.</summary>
/// <param name="Tensors">Tensors by name; the caller disposes them.</param>
/// <param name="Metadata">Text by key.</param>
public sealed record WeightFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) : IDisposable
{
    /// <summary>
    /// Reads a safetensors file, or a <c>.pth</c> or <c>.pt</c> of PyTorch, onto the processor; the content decides which, not the name.
    /// <see cref="WeightReader"/> reads single tensors of it.
    /// </summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or holds more than tensors and plain values.</exception>
    public static WeightFile Read(string path)
    {
        using WeightReader reader = WeightReader.Open(path);
        return reader.ReadAll();
    }

    /// <summary>The tensors whose names start with <paramref name="prefix"/>, under the rest of their names. They remain this file's.</summary>
    public IReadOnlyDictionary<string, Tensor> Below(string prefix) =>
        Tensors.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(item => item.Key[prefix.Length..], static item => item.Value);

    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }
}
