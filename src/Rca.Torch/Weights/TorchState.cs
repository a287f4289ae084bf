using System.Globalization;

namespace Rca.Torch;

/// <summary>
/// Turns the object that a PyTorch file holds into named tensors: names of nested dictionaries, lists and tuples are joined by dots, and
/// plain values become text. Tensors together may not be larger than a few times the file, however often they show the same elements.
/// </summary>
internal sealed class TorchState
{
    private const int MaxDepth = 64, MaxNameLength = 4096, MaxValues = 1_000_000, MaxTextLength = 64 << 20;

    /// <summary>A tensor may be as large as its file, or this: small files can hold a number that is shown many times.</summary>
    private const long LeastLimit = 1 << 20;

    /// <summary>All tensors together may be this many times as large.</summary>
    private const int Sharing = 16;

    private readonly List<StoredTensor> _tensors = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _texts = [];
    private readonly Func<TorchStorage, long> _positionOf;
    private readonly long _limit;
    private long _total, _textLength;
    private int _values;

    private TorchState(long fileBytes, Func<TorchStorage, long> positionOf) => (_limit, _positionOf) = (Math.Max(fileBytes, LeastLimit), positionOf);

    /// <summary>Names everything that <paramref name="root"/> holds.</summary>
    /// <param name="root">What the pickle holds.</param>
    /// <param name="fileBytes">Size of the file.</param>
    /// <param name="positionOf">Where a storage stands in the file.</param>
    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyDictionary<string, string> Texts) Of(object? root, long fileBytes, Func<TorchStorage, long> positionOf)
    {
        var state = new TorchState(fileBytes, positionOf);
        state.Walk(root is TorchTensor ? "tensor" : "", root, 0);
        return (state._tensors, state._texts);
    }

    private void Walk(string name, object? value, int depth)
    {
        if (depth > MaxDepth) throw new BadFileException($"nests values more than {MaxDepth} deep, or holds one that contains itself");
        if (name.Length > MaxNameLength) throw new BadFileException($"holds a name of more than {MaxNameLength} characters");
        if (++_values > MaxValues) throw new BadFileException($"holds more than {MaxValues} values, or shows the same many times");
        switch (value)
        {
            case TorchTensor tensor: Add(name, tensor); break;
            case PickleDictionary dictionary:
                foreach (var (key, item) in dictionary) Walk(Join(name, key), item, depth + 1);
                break;
            case IReadOnlyList<object?> list when list.All(static item => item is null or string or long or double or bool):
                AddText(name, TextOf(list));
                break;
            case IReadOnlyList<object?> list:
                for (int i = 0; i < list.Count; i++) Walk(Join(name, i.ToString(CultureInfo.InvariantCulture)), list[i], depth + 1);
                break;
            default: AddText(name, Text(value)); break;
        }
    }

    private void Add(string name, TorchTensor tensor)
    {
        RequireNew(name);
        int size = tensor.Storage.Type.SizeInBytes();
        var stored = new StoredTensor(name, tensor.Storage.Type, tensor.Shape, tensor.Strides, _positionOf(tensor.Storage) + tensor.Offset * size);
        if (stored.Bytes > _limit)
            throw new BadFileException($"holds '{PickleValues.Shortened(name)}' of {stored.Bytes} bytes in a file that is much smaller: too much of it is shown again and again");
        _total += Math.Max(stored.Bytes, stored.Extent * size);
        if (_total > Sharing * _limit)
            throw new BadFileException($"holds tensors that are together more than {Sharing} times as large as the file: too much of it is shown again and again");
        _tensors.Add(stored);
    }

    private void AddText(string name, string text)
    {
        RequireNew(name);
        _textLength += text.Length;
        if (_textLength > MaxTextLength) throw TooMuchText();
        _texts.Add(name, text);
    }

    /// <summary>A list of plain values. Its length is added up before memory is taken: a list may show a long text many times.</summary>
    private string TextOf(IReadOnlyList<object?> list)
    {
        string[] texts = [.. list.Select(Text)];
        if (texts.Sum(static text => (long)text.Length) > MaxTextLength) throw TooMuchText();
        return $"[{string.Join(", ", texts)}]";
    }

    private void RequireNew(string name)
    {
        _textLength += name.Length;
        if (_textLength > MaxTextLength) throw TooMuchText();
        if (!_names.Add(name)) throw new BadFileException($"holds two values that are both named '{PickleValues.Shortened(name)}' once names are joined by dots");
    }

    private static BadFileException TooMuchText() => new($"holds more than {MaxTextLength >> 20} million characters of names and texts");

    private static string Join(string name, string key) => name.Length == 0 ? key : $"{name}.{key}";

    private static string Text(object? value) => value switch
    {
        null => "None",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string or bool => value.ToString()!,
        NumpyObject { Array: { } array } => $"NumPy array [{string.Join(", ", array.Shape)}]",
        _ => PickleValues.Describe(value),
    };
}
