using System.Buffers.Binary;
using System.Numerics;

namespace Rca.Torch;

/// <summary>
/// PyTorch's files before 1.6: pickles of a magic number, a protocol version, the machine, the object and the keys of the storages, then
/// each storage as its number of elements and the elements.
/// </summary>
internal static class PyTorchLegacy
{
    private const long Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Metadata) Read(FileStream stream)
    {
        if (ReadPlain(stream) is not BigInteger magic || magic != Magic) throw new BadFileException("does not begin with PyTorch's magic number");
        if (ReadPlain(stream) is not Protocol) throw new BadFileException($"has a protocol other than {Protocol}");
        if (ReadPlain(stream) is not PickleDictionary machine || machine.GetValueOrDefault("little_endian") is not true)
            throw new BadFileException("was written on a machine with another byte order; only little-endian files are supported");
        var torch = new TorchPickle();
        object? root = torch.Read(stream);
        if (ReadPlain(stream) is not List<object?> keys) throw new BadFileException("lacks the list of its storages");
        Dictionary<string, long> positions = Locate(stream, keys, torch.UsedStorages);
        return TorchState.Of(root, stream.Length, storage => positions[storage.Key]);
    }

    private static object? ReadPlain(FileStream stream) => new Unpickler(stream, new Dictionary<string, object>()).Read();

    private static Dictionary<string, long> Locate(FileStream stream, List<object?> keys, IReadOnlyDictionary<string, TorchStorage> storages)
    {
        var positions = new Dictionary<string, long>();
        var count = new byte[sizeof(long)];
        foreach (object? item in keys)
        {
            string key = Unpickler.Key(item);
            if (!storages.TryGetValue(key, out TorchStorage? storage)) throw new BadFileException($"lists the storage '{PickleValues.Shortened(key)}', which no tensor uses");
            if (stream.ReadAtLeast(count, count.Length, throwOnEndOfStream: false) < count.Length) throw Truncated(key);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements != storage.Count) throw new BadFileException($"holds the storage '{PickleValues.Shortened(key)}' with {elements} elements, expected {storage.Count}");
            long bytes = elements * storage.Type.SizeInBytes();
            if (!positions.TryAdd(key, stream.Position)) throw new BadFileException($"lists the storage '{PickleValues.Shortened(key)}' twice");
            if (bytes > stream.Length - stream.Position) throw Truncated(key);
            stream.Position += bytes;
        }
        if (positions.Count < storages.Count) throw new BadFileException($"lacks {storages.Count - positions.Count} of its {storages.Count} storages");
        if (stream.Position != stream.Length) throw new BadFileException($"goes on for {stream.Length - stream.Position} bytes after its last storage");
        return positions;
    }

    private static BadFileException Truncated(string key) => new($"ends inside the storage '{PickleValues.Shortened(key)}'; it is truncated");
}
