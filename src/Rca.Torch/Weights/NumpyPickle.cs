namespace Rca.Torch;

/// <summary>A NumPy element type in the making: <c>dtype('f4')</c>, whose state then tells the byte order.</summary>
internal sealed class NumpyType(string code) : IPickleState
{
    private string _order = "=";

    /// <summary>As in the header of a <c>.npy</c> file, for example <c>&lt;f4</c>.</summary>
    public string Name => _order + code;

    public void Build(object? state)
    {
        if (state is not object?[] tuple || tuple.At<string>(1) is not ("<" or ">" or "|" or "="))
            throw new BadFileException($"describes an element type by {PickleValues.Describe(state)}");
        _order = tuple.At<string>(1);
    }
}

/// <summary>A NumPy array in the making.</summary>
internal sealed class NumpyObject : IPickleState
{
    /// <summary>The array, where its elements are numbers.</summary>
    public NumpyArray? Array { get; private set; }

    /// <summary>The elements, where they are objects.</summary>
    public List<object?>? Objects { get; private set; }

    public void Build(object? state)
    {
        object?[] tuple = state as object?[] ?? throw new BadFileException($"describes an array by {PickleValues.Describe(state)}");
        long[] shape = PickleValues.Numbers(tuple.At<object>(1));
        if (tuple.At<NumpyType>(2).Name.TrimStart('|') is "O" or "O8") Objects = tuple.At<List<object?>>(4);
        else Array = new NumpyArray(shape, tuple.At<NumpyType>(2).Name, PickleValues.Bytes(tuple.At<object>(4)), tuple.At<bool>(3));
    }
}

/// <summary>The names that NumPy's pickles use.</summary>
internal static class NumpyPickle
{
    public static IEnumerable<KeyValuePair<string, object>> Globals { get; } =
    [
        new("numpy ndarray", new PickleFunction("numpy.ndarray", static _ => throw new BadFileException("makes an array in an unusual way"))),
        new("numpy dtype", new PickleFunction("numpy.dtype", static arguments =>
            arguments.At<string>(0) is { Length: <= 16 } code ? new NumpyType(code) : throw new BadFileException("names an element type at length"))),
        .. Both("multiarray _reconstruct", static _ => new NumpyObject()),
        .. Both("multiarray scalar", Scalar),
        // Protocol 2 has no bytes: they are a text, encoded.
        new("_codecs encode", new PickleFunction("_codecs.encode", static arguments =>
            arguments.At<string>(1) is "latin1" or "latin-1" ? PickleValues.Bytes(arguments.At<string>(0)) : throw new BadFileException("encodes a text in an unusual way"))),
    ];

    /// <summary>NumPy 2 renamed the module.</summary>
    private static IEnumerable<KeyValuePair<string, object>> Both(string name, Func<object?[], object?> call) =>
        new[] { "numpy.core", "numpy._core" }.Select(module => new KeyValuePair<string, object>($"{module}.{name}", new PickleFunction($"{module}.{name}", call)));

    private static object Scalar(object?[] arguments)
    {
        var array = new NumpyArray([], arguments.At<NumpyType>(0).Name, PickleValues.Bytes(arguments.At<object>(1)), false);
        double value = array.ToDoubles()[0];
        return array.IsWhole && Math.Abs(value) <= 1L << 53 ? (object)(long)value : value;
    }
}
