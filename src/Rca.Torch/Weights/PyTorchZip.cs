using System.Text;

namespace Rca.Torch;

/// <summary>PyTorch's files since 1.6: a zip archive with one folder that holds <c>data.pkl</c> and <c>data/KEY</c> for each storage.</summary>
internal static class PyTorchZip
{
    private const int MaxPickleBytes = 64 << 20;

    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Read(FileStream stream)
    {
        Dictionary<string, ZipEntry> entries = ZipDirectory.Read(stream);
        string[] pickles = [.. entries.Keys.Where(static name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(static c => c == '/') == 1)];
        if (pickles is not [var pickle]) throw new BadFileException($"is a zip archive with {pickles.Length} files FOLDER/data.pkl; torch.save writes one");
        string folder = pickle[..^"data.pkl".Length];
        foreach (string name in entries.Keys)
            if (!name.StartsWith(folder, StringComparison.Ordinal) || name.Split('/').Contains(".."))
                throw new BadFileException($"holds '{PickleValues.Shortened(name)}' outside of its folder '{PickleValues.Shortened(folder)}'");
        RequireLittleEndian(stream, entries, folder);
        ZipEntry entry = entries[pickle];
        if (entry.Length > MaxPickleBytes) throw new BadFileException($"holds a pickle of {entry.Length} bytes; at most {MaxPickleBytes} are supported");
        var torch = new TorchPickle();
        object? root = torch.Read(new MemoryStream(ZipDirectory.ReadAt(stream, entry.Position, entry.Length)));
        return TorchState.Of(root, stream.Length, storage =>
        {
            if (!entries.TryGetValue($"{folder}data/{storage.Key}", out ZipEntry? data))
                throw new BadFileException($"lacks the storage '{PickleValues.Shortened(storage.Key)}' that a tensor refers to");
            long bytes = storage.Count * storage.Type.SizeInBytes();
            return data.Length == bytes ? data.Position : throw new BadFileException($"holds the storage '{storage.Key}' with {data.Length} bytes, expected {bytes}");
        });
    }

    private static void RequireLittleEndian(FileStream stream, Dictionary<string, ZipEntry> entries, string folder)
    {
        if (!entries.TryGetValue($"{folder}byteorder", out ZipEntry? entry)) return;
        if (entry.Length > 16 || Encoding.UTF8.GetString(ZipDirectory.ReadAt(stream, entry.Position, entry.Length)) != "little")
            throw new BadFileException("was written on a machine with another byte order; only little-endian files are supported");
    }
}
