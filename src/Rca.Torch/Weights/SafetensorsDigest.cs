using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Rca.Torch;

/// <summary>
/// The checksum that our safetensors files carry in their metadata: SHA-256 of all names, types, shapes and texts, and of the elements. Files of other
/// programs have none.
/// </summary>
internal sealed class SafetensorsDigest : IDisposable
{
    /// <summary>The key of the checksum in a file's metadata.</summary>
    public const string Key = "rca_sha256";

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>As long as every checksum.</summary>
    public static string Placeholder { get; } = new('0', 64);

    /// <summary>Takes in a tensor's name, type and shape. To be called for all tensors in the order of their elements, before the elements.</summary>
    public void AddTensor(string name, DType type, IReadOnlyList<long> shape) =>
        Add($"{name}\0{type}\0{string.Join(',', shape.Select(static size => size.ToString(CultureInfo.InvariantCulture)))}\n");

    /// <summary>Takes in the metadata, after the tensors and before the elements.</summary>
    public void AddMetadata(IEnumerable<KeyValuePair<string, string>> metadata)
    {
        foreach (var (key, value) in metadata.OrderBy(static item => item.Key, StringComparer.Ordinal))
            if (key != Key) Add($"{key}\0{value}\n");
    }

    /// <summary>Takes in elements, as the file holds them.</summary>
    public void AddElements(ReadOnlySpan<byte> elements) => _hash.AppendData(elements);

    /// <summary>The checksum of all of it.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add(string text) => _hash.AppendData(Encoding.UTF8.GetBytes(text));
}
