namespace Rca.Torch;

/// <summary>Kinds of weight files.</summary>
public enum WeightFormat
{
    /// <summary>A JSON header, then the elements.</summary>
    Safetensors,

    /// <summary>PyTorch since 1.6: a zip archive with a pickle and one file for each storage.</summary>
    PyTorchZip,

    /// <summary>PyTorch before 1.6: five pickles, then the storages.</summary>
    PyTorchLegacy,
}

/// <summary>
/// An open weight file. Names, types and shapes have been read and checked against the size of the file; elements are read where they are
/// asked for. Nothing in a file is executed.
/// </summary>
public sealed class WeightReader : IDisposable
{
    private const int BlockBytes = 1 << 20;
    private readonly FileStream _stream;
    private readonly string? _digest;

    private WeightReader(string path, FileStream stream, WeightFormat format)
    {
        (Path, _stream, Format) = (path, stream, format);
        stream.Position = 0;
        (IReadOnlyList<StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata) = format switch
        {
            WeightFormat.PyTorchZip => PyTorchZip.Read(stream),
            WeightFormat.PyTorchLegacy => PyTorchLegacy.Read(stream),
            _ => Safetensors.ReadHeader(path, stream),
        };
        _digest = format == WeightFormat.Safetensors ? metadata.GetValueOrDefault(SafetensorsDigest.Key) : null;
        (Tensors, Metadata) = (tensors, _digest is null ? metadata : metadata.Where(static item => item.Key != SafetensorsDigest.Key).ToDictionary());
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What kind of file it is.</summary>
    public WeightFormat Format { get; }

    /// <summary>The tensors, in the file's order.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>Text by key: a safetensors file's metadata, or what a PyTorch file holds besides tensors (epochs, learning rates).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file; the content decides its format, not the name.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or holds more than tensors and plain values.</exception>
    public static WeightReader Open(string path) => Open(path, null);

    internal static WeightReader Open(string path, WeightFormat? format) => Guarded(path, () =>
    {
        FileStream stream = OpenFile(path);
        try
        {
            return new WeightReader(path, stream, format ?? Recognise(stream));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    /// <summary>Reads one tensor onto the processor, in row-major order however the file has it.</summary>
    /// <exception cref="WeightFileException">The file cannot be read, or was changed meanwhile.</exception>
    public Tensor Read(StoredTensor tensor) => Guarded(Path, () =>
    {
        long bytes = Math.Max(tensor.Extent * tensor.Type.SizeInBytes(), tensor.Bytes);
        if (bytes > Array.MaxLength)
            throw new WeightFileException(Path, $"holds '{tensor.Name}' of {bytes} bytes; at most {Array.MaxLength} are supported for one tensor");
        byte[] data = GC.AllocateUninitializedArray<byte>((int)(tensor.Extent * tensor.Type.SizeInBytes()));
        _stream.Position = tensor.Position;
        _stream.ReadExactly(data);
        data = tensor.Gather(data);
        if (tensor.Type == DType.Bool && data.AsSpan().ContainsAnyExceptInRange<byte>(0, 1))
            throw new WeightFileException(Path, $"holds '{tensor.Name}' of BOOL with bytes other than 0 and 1");
        return Tensor.From(data, tensor.Type, [.. tensor.Shape]);
    });

    /// <summary>Reads all tensors; the caller disposes the result.</summary>
    /// <exception cref="WeightFileException">As for <see cref="Read"/>.</exception>
    public WeightFile ReadAll()
    {
        var tensors = new Dictionary<string, Tensor>(Tensors.Count);
        try
        {
            foreach (StoredTensor tensor in Tensors) tensors.Add(tensor.Name, Read(tensor));
        }
        catch
        {
            foreach (Tensor tensor in tensors.Values) tensor.Dispose();
            throw;
        }
        return new WeightFile(tensors, Metadata);
    }

    /// <summary>Compares the file with the checksum that it carries, as safetensors files written here do.</summary>
    /// <exception cref="WeightFileException">They differ.</exception>
    public void Verify()
    {
        if (_digest is null) return;
        string found = Guarded(Path, () =>
        {
            using var digest = new SafetensorsDigest();
            foreach (StoredTensor tensor in Tensors) digest.AddTensor(tensor.Name, tensor.Type, tensor.Shape);
            digest.AddMetadata(Metadata);
            byte[] block = GC.AllocateUninitializedArray<byte>(BlockBytes);
            _stream.Position = Tensors.Count > 0 ? Tensors[0].Position : _stream.Length;
            for (int read; (read = _stream.Read(block)) > 0;) digest.AddElements(block.AsSpan(0, read));
            return digest.Finish();
        });
        if (found != _digest) throw new WeightFileException(Path, $"is damaged: what it holds is not what was written (its checksum differs). If another program changed it on purpose, take {SafetensorsDigest.Key} out of its metadata");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>Opens a file whose length is known: a pipe has none.</summary>
    internal static FileStream OpenFile(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (ArgumentException)
        {
            throw new BadFileException("is not the name of a file");
        }
        if (stream.CanSeek) return stream;
        stream.Dispose();
        throw new BadFileException("is not a regular file, and its size is not known; write it to a file first");
    }

    /// <summary>Does work on a file and names the file in every error.</summary>
    internal static T Guarded<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (BadFileException e)
        {
            throw new WeightFileException(path, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WeightFileException(path, $"cannot be read ({e.Message})", e);
        }
    }

    private static WeightFormat Recognise(FileStream stream)
    {
        Span<byte> start = stackalloc byte[4];
        start = start[..stream.ReadAtLeast(start, 4, throwOnEndOfStream: false)];
        if (start.StartsWith("PK\x03\x04"u8)) return WeightFormat.PyTorchZip;
        // As the header length of a safetensors file, either start is above its maximum.
        return start.Length == 4 && start[0] == 0x80 && start[2..].SequenceEqual((ReadOnlySpan<byte>)[0x8a, 10]) ? WeightFormat.PyTorchLegacy : WeightFormat.Safetensors;
    }
}
