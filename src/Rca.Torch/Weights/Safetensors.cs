using System.Buffers.Binary;
using System.Text.Json;

namespace Rca.Torch;

/// <summary>
/// Reads and writes the safetensors format: eight bytes of header length, a JSON header, then the elements. Reading is strict: a header
/// that lies about sizes, overlaps, leaves gaps or names unknown types is refused before anything large is allocated.
/// </summary>
public static class Safetensors
{
    private const int MaxHeaderBytes = 64 << 20;
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a file onto the processor. <see cref="WeightReader.Verify"/> also compares it with the checksum that it carries.</summary>
    /// <exception cref="WeightFileException">The file is missing, truncated or not a valid safetensors file.</exception>
    public static WeightFile Read(string path)
    {
        using WeightReader reader = WeightReader.Open(path, WeightFormat.Safetensors);
        return reader.ReadAll();
    }

    /// <summary>Reads only the metadata, without the tensors.</summary>
    /// <exception cref="WeightFileException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using WeightReader reader = WeightReader.Open(path, WeightFormat.Safetensors);
        return reader.Metadata;
    }

    /// <summary>Writes a file whole or not at all: it takes its name only once complete and on disk.</summary>
    /// <exception cref="WeightFileException">The file cannot be written, or could not be read again.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (path.Length == 0) throw new WeightFileException(path, "is not the name of a file");
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
        catch (BadFileException e)
        {
            throw new WeightFileException(path, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be written ({e.Message})", e);
        }
    }

    /// <summary>Reads and checks the header of an open file.</summary>
    internal static (List<StoredTensor> Tensors, Dictionary<string, string> Metadata) ReadHeader(string path, FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new WeightFileException(path, $"is {stream.Length} bytes long; a safetensors file has at least 8");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeaderBytes || length > (ulong)(stream.Length - 8))
            throw new WeightFileException(path, $"claims a header of {length} bytes in a file of {stream.Length}; this is neither a safetensors nor a PyTorch file, or it is truncated");
        var header = new byte[length];
        stream.ReadExactly(header);
        return SafetensorsHeader.Parse(path, header, stream.Length, MetadataKey);
    }

    private static void WriteTo(FileStream stream, List<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var texts = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>()) { [SafetensorsDigest.Key] = SafetensorsDigest.Placeholder };
        var header = new Dictionary<string, object> { [MetadataKey] = texts };
        using var digest = new SafetensorsDigest();
        long offset = 0;
        foreach (var (name, value) in tensors)
        {
            if (name == MetadataKey) throw new BadFileException($"cannot hold a tensor named '{MetadataKey}': the format keeps its texts under this name");
            long end = offset + value.Count * value.DType.SizeInBytes();
            if (!header.TryAdd(name, new Dictionary<string, object>
            {
                ["dtype"] = SafetensorsHeader.NameOf(value.DType),
                ["shape"] = value.Shape,
                ["data_offsets"] = new[] { offset, end },
            })) throw new ArgumentException($"Two tensors are named '{name}'.", nameof(tensors));
            digest.AddTensor(name, value.DType, value.Shape);
            offset = end;
        }
        digest.AddMetadata(texts);
        WriteHeader(stream, header);
        foreach (var (_, value) in tensors)
        {
            var data = new byte[value.Count * value.DType.SizeInBytes()];
            value.CopyTo(data);
            digest.AddElements(data);
            stream.Write(data);
        }
        texts[SafetensorsDigest.Key] = digest.Finish();
        stream.Position = 0;
        WriteHeader(stream, header); // as long as before
    }

    private static void WriteHeader(FileStream stream, Dictionary<string, object> header)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padding = (8 - json.Length % 8) % 8; // the elements start at a multiple of eight, as other readers expect
        if (json.Length + padding > MaxHeaderBytes)
            throw new BadFileException($"cannot hold names, shapes and metadata of {json.Length} bytes; at most {MaxHeaderBytes} can be read again");
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)(json.Length + padding));
        stream.Write(prefix);
        stream.Write(json);
        for (int i = 0; i < padding; i++) stream.WriteByte((byte)' ');
    }
}
