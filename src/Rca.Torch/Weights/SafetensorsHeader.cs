using System.Text.Json;

namespace Rca.Torch;

/// <summary>The strict reading of a safetensors header.</summary>
internal static class SafetensorsHeader
{
    private static readonly Dictionary<string, DType> Types = new()
    {
        ["U8"] = DType.UInt8,
        ["I8"] = DType.Int8,
        ["I16"] = DType.Int16,
        ["I32"] = DType.Int32,
        ["I64"] = DType.Int64,
        ["F16"] = DType.Float16,
        ["BF16"] = DType.BFloat16,
        ["F32"] = DType.Float32,
        ["F64"] = DType.Float64,
        ["BOOL"] = DType.Bool,
    };

    public static string NameOf(DType type) => Types.First(pair => pair.Value == type).Key;

    /// <summary>Checks names, types, shapes and offsets; returns the tensors in the order of their data.</summary>
    public static (List<StoredTensor> Tensors, Dictionary<string, string> Metadata) Parse(string path, byte[] json, long fileBytes, string metadataKey)
    {
        long start = 8 + json.Length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            var metadata = new Dictionary<string, string>();
            var entries = new List<StoredTensor>();
            var names = new HashSet<string>();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name)) throw new WeightFileException(path, $"names '{property.Name}' twice");
                if (property.Name == metadataKey)
                    ReadMetadata(path, property.Value, metadata);
                else
                    entries.Add(ParseEntry(path, property, start));
            }
            entries.Sort(static (a, b) => a.Position != b.Position ? a.Position.CompareTo(b.Position) : a.Bytes.CompareTo(b.Bytes));
            CheckLayout(path, entries, start, fileBytes - start);
            return (entries, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new WeightFileException(path, $"has a header that is not valid safetensors JSON ({e.Message})", e);
        }
    }

    private static void ReadMetadata(string path, JsonElement element, Dictionary<string, string> metadata)
    {
        foreach (JsonProperty item in element.EnumerateObject())
            if (item.Value.ValueKind != JsonValueKind.String || !metadata.TryAdd(item.Name, item.Value.GetString()!))
                throw new WeightFileException(path, $"has metadata '{item.Name}' twice or not as text");
    }

    private static StoredTensor ParseEntry(string path, JsonProperty property, long start)
    {
        string type = property.Value.GetProperty("dtype").GetString() ?? "";
        if (!Types.TryGetValue(type, out DType dtype))
            throw new WeightFileException(path, $"holds '{property.Name}' of the unknown type '{type}'; known are {string.Join(", ", Types.Keys)}");
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(static size => size.GetInt64())];
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(static offset => offset.GetInt64())];
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
            throw new WeightFileException(path, $"gives '{property.Name}' the offsets [{string.Join(", ", offsets)}]; two rising numbers are expected");
        if (shape.Length > Tensor.MaxDimensions)
            throw new WeightFileException(path, $"gives '{property.Name}' {shape.Length} dimensions; at most {Tensor.MaxDimensions} are supported");
        Int128 extent = dtype.SizeInBytes(); // with empty dimensions counted as one: their neighbours must be possible, too
        foreach (long size in shape)
        {
            extent *= Math.Max(size, 1);
            if (size < 0 || extent > long.MaxValue) throw new WeightFileException(path, $"gives '{property.Name}' the impossible shape [{string.Join(", ", shape)}]");
        }
        Int128 bytes = shape.Contains(0) ? 0 : extent;
        if (bytes != offsets[1] - offsets[0])
            throw new WeightFileException(path, $"gives '{property.Name}' {offsets[1] - offsets[0]} bytes, but its shape [{string.Join(", ", shape)}] of {type} needs {bytes}");
        return StoredTensor.Contiguous(property.Name, dtype, shape, start + offsets[0]);
    }

    private static void CheckLayout(string path, List<StoredTensor> entries, long start, long dataBytes)
    {
        long position = 0;
        foreach (StoredTensor entry in entries)
        {
            if (entry.Position - start != position)
                throw new WeightFileException(path, $"places '{entry.Name}' at {entry.Position - start}, expected {position}: tensors must follow one another without overlaps or gaps");
            position += entry.Bytes;
        }
        if (position != dataBytes)
            throw new WeightFileException(path, $"holds {dataBytes} bytes of data, but its header describes {position}; the file is truncated or has been appended to");
    }
}
