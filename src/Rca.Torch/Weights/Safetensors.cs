using System.Buffers.Binary;
using System.Text.Json;

namespace Rca.Torch;

/// <summary>Named tensors and text metadata, as a safetensors file holds them.</summary>
/// <param name="Tensors">Tensors by name; whoever asked for them disposes them.</param>
/// <param name="Metadata">Text by key.</param>
public sealed record WeightFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata) : IDisposable
{
    /// <summary>The tensors whose names start with <paramref name="prefix"/>, under the rest of their names. They remain this file's.</summary>
    public IReadOnlyDictionary<string, Tensor> Below(string prefix) =>
        Tensors.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(item => item.Key[prefix.Length..], static item => item.Value);

    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }
}

/// <summary>
/// Reads and writes the safetensors format: eight bytes of header length, a JSON header, then the elements. Reading is strict: a header
/// that lies about sizes, overlaps, leaves gaps or names unknown types is refused before anything large is allocated.
/// </summary>
public static class Safetensors
{
    private const int MaxHeaderBytes = 64 << 20;
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a file onto the processor.</summary>
    /// <exception cref="WeightFileException">The file is missing, truncated or not a valid safetensors file.</exception>
    public static WeightFile Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            var (entries, metadata) = ReadHeader(path, stream);
            var tensors = new Dictionary<string, Tensor>(entries.Count);
            try
            {
                foreach (SafetensorsEntry entry in entries) tensors.Add(entry.Name, ReadTensor(path, stream, entry));
            }
            catch
            {
                foreach (Tensor tensor in tensors.Values) tensor.Dispose();
                throw;
            }
            return new WeightFile(tensors, metadata);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be read ({e.Message})", e);
        }
    }

    /// <summary>Reads only the metadata, without the tensors.</summary>
    /// <exception cref="WeightFileException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return ReadHeader(path, stream).Metadata;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be read ({e.Message})", e);
        }
    }

    /// <summary>Writes a file whole or not at all: it takes its name only once complete and on disk.</summary>
    /// <exception cref="WeightFileException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string temporary = $"{path}.partial";
        try
        {
            using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            try
            {
                WriteTo(stream, [.. tensors], metadata);
                stream.Flush(flushToDisk: true);
                File.Move(temporary, path, overwrite: true);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be written ({e.Message})", e);
        }
    }

    private static (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) ReadHeader(string path, FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new WeightFileException(path, $"is {stream.Length} bytes long; a safetensors file has at least 8");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes || length > (ulong)(stream.Length - 8))
            throw new WeightFileException(path, $"claims a header of {length} bytes in a file of {stream.Length}; this is not a safetensors file, or it is truncated");
        var header = new byte[length];
        stream.ReadExactly(header);
        return SafetensorsHeader.Parse(path, header, stream.Length - 8 - (long)length, MetadataKey);
    }

    private static Tensor ReadTensor(string path, FileStream stream, SafetensorsEntry entry)
    {
        if (entry.Bytes > Array.MaxLength)
            throw new WeightFileException(path, $"holds '{entry.Name}' of {entry.Bytes} bytes; at most {Array.MaxLength} are supported for one tensor");
        var data = new byte[entry.Bytes];
        stream.ReadExactly(data);
        if (entry.Type == DType.Bool && data.AsSpan().ContainsAnyExceptInRange<byte>(0, 1))
            throw new WeightFileException(path, $"holds '{entry.Name}' of BOOL with bytes other than 0 and 1");
        return Tensor.From(data, entry.Type, entry.Shape);
    }

    private static void WriteTo(FileStream stream, List<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new Dictionary<string, object>();
        if (metadata is { Count: > 0 }) header[MetadataKey] = metadata;
        long offset = 0;
        foreach (var (name, value) in tensors)
        {
            long end = offset + value.Count * value.DType.SizeInBytes();
            if (!header.TryAdd(name, new Dictionary<string, object>
            {
                ["dtype"] = SafetensorsHeader.NameOf(value.DType),
                ["shape"] = value.Shape,
                ["data_offsets"] = new[] { offset, end },
            })) throw new ArgumentException($"Two tensors are named '{name}'.", nameof(tensors));
            offset = end;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padding = (8 - json.Length % 8) % 8; // the elements start at a multiple of eight, as other readers expect
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)(json.Length + padding));
        stream.Write(prefix);
        stream.Write(json);
        for (int i = 0; i < padding; i++) stream.WriteByte((byte)' ');
        foreach (var (_, value) in tensors)
        {
            var data = new byte[value.Count * value.DType.SizeInBytes()];
            value.CopyTo(data);
            stream.Write(data);
        }
    }
}
