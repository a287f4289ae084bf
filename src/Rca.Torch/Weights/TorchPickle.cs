namespace Rca.Torch;

/// <summary>The elements that tensors of a PyTorch file share.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(string Key, DType Type, long Count);

/// <summary>A tensor of a PyTorch file: a view of a storage.</summary>
internal sealed record TorchTensor(TorchStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>What pickles of PyTorch may name, and the storages that they refer to.</summary>
internal sealed class TorchPickle
{
    private static readonly Dictionary<string, object> Globals = new(
    [
        new("collections OrderedDict", new PickleFunction("collections.OrderedDict", OrderedDictionary)),
        new("torch._utils _rebuild_tensor", new PickleFunction("torch._utils._rebuild_tensor", Tensor)),
        new("torch._utils _rebuild_tensor_v2", new PickleFunction("torch._utils._rebuild_tensor_v2", Tensor)),
        new("torch._utils _rebuild_parameter", new PickleFunction("torch._utils._rebuild_parameter", static arguments => arguments.At<TorchTensor>(0))),
        new("torch Size", new PickleFunction("torch.Size", static arguments => arguments.At<object?[]>(0))),
        new("torch device", new PickleFunction("torch.device", Device)),
        .. Storages(("Float", DType.Float32), ("Double", DType.Float64), ("Half", DType.Float16), ("BFloat16", DType.BFloat16), ("Long", DType.Int64),
            ("Int", DType.Int32), ("Short", DType.Int16), ("Char", DType.Int8), ("Byte", DType.UInt8), ("Bool", DType.Bool)),
        .. NumpyPickle.Globals,
    ]);

    private readonly Dictionary<string, TorchStorage> _storages = [];

    /// <summary>The storages that tensors refer to, by key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> UsedStorages => _storages;

    /// <summary>Reads the pickle of the saved object.</summary>
    public object? Read(Stream stream) => new Unpickler(stream, Globals, Storage).Read();

    private static IEnumerable<KeyValuePair<string, object>> Storages(params (string Name, DType Type)[] types) =>
        types.Select(static item => new KeyValuePair<string, object>($"torch {item.Name}Storage", item.Type));

    /// <summary>("storage", type, key, device, number of elements): the elements stand outside of the pickle.</summary>
    private TorchStorage Storage(object?[] id)
    {
        if (id.At<string>(0) != "storage") throw new BadFileException($"refers to a {PickleValues.Shortened(id.At<string>(0))}; only storages are known");
        if (id.Length > 5 && id[5] is not null) throw new BadFileException("holds a storage that is a view of another, as PyTorch before 0.4 wrote; load and save it with a newer PyTorch");
        var storage = new TorchStorage(Unpickler.Key(id.At<object>(2)), id.At<DType>(1), id.At<long>(4));
        if (_storages.TryGetValue(storage.Key, out TorchStorage? known))
            return known == storage ? known : throw new BadFileException($"gives the storage '{PickleValues.Shortened(storage.Key)}' two types or sizes");
        if (storage.Count < 0 || storage.Count > long.MaxValue / 8) throw new BadFileException($"holds a storage of {storage.Count} elements");
        _storages.Add(storage.Key, storage);
        return storage;
    }

    private static object Device(object?[] arguments) => arguments switch
    {
        [string type] => type,
        [string type, long index] => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{type}:{index}"),
        _ => throw new BadFileException($"names a device by {PickleValues.Describe(arguments)}; a text and a number were expected"),
    };

    /// <summary>(storage, offset, sizes, strides, …); whether it learns, and hooks, play no part.</summary>
    private static TorchTensor Tensor(object?[] arguments)
    {
        var storage = arguments.At<TorchStorage>(0);
        long offset = arguments.At<long>(1);
        long[] shape = PickleValues.Numbers(arguments.At<object>(2)), strides = PickleValues.Numbers(arguments.At<object>(3));
        if (shape.Length > Torch.Tensor.MaxDimensions || shape.Length != strides.Length)
            throw new BadFileException($"holds a tensor with {shape.Length} sizes and {strides.Length} strides; as many of both and at most {Torch.Tensor.MaxDimensions} are expected");
        Int128 last = offset, extent = 8;
        for (int d = 0; d < shape.Length; d++)
        {
            last += (Int128)Math.Max(shape[d] - 1, 0) * strides[d];
            extent *= Math.Max(shape[d], 1); // with empty dimensions counted as one: their neighbours must be possible, too
            if (shape[d] < 0 || strides[d] < 0 || extent > long.MaxValue)
                throw new BadFileException($"holds a tensor of the impossible shape [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}]");
        }
        if (offset < 0 || (!shape.Contains(0) && last >= storage.Count))
            throw new BadFileException($"holds a tensor [{string.Join(", ", shape)}] with strides [{string.Join(", ", strides)}] at {offset}, beyond its storage of {storage.Count} elements");
        return new TorchTensor(storage, shape.Contains(0) ? 0 : offset, shape, strides);
    }

    /// <summary>Empty, or as Python 2 writes it: from a list of pairs.</summary>
    private static PickleDictionary OrderedDictionary(object?[] arguments)
    {
        var result = new PickleDictionary();
        if (arguments.Length == 0) return result;
        foreach (object? item in arguments.At<List<object?>>(0))
        {
            if (item is not IReadOnlyList<object?> { Count: 2 } pair) throw new BadFileException($"makes a dictionary from {PickleValues.Describe(item)}; pairs were expected");
            result[Unpickler.Key(pair[0])] = pair[1];
        }
        return result;
    }
}
