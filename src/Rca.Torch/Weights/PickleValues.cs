namespace Rca.Torch;

/// <summary>A dictionary of a pickle, in its order. Whole numbers as keys are kept as their decimal text.</summary>
internal sealed class PickleDictionary : OrderedDictionary<string, object?>, IPickleState
{
    /// <summary>Python hangs attributes such as <c>_metadata</c> on ordered dictionaries; weights do not need them.</summary>
    public void Build(object? state)
    {
        if (state is not PickleDictionary) throw new BadFileException("hangs something on a dictionary that is not its attributes");
    }
}

/// <summary>A value that a pickle completes after making it.</summary>
internal interface IPickleState
{
    void Build(object? state);
}

/// <summary>A name that a pickle may call, and what then is done: never the named function, always one of ours.</summary>
/// <param name="Name">Module and name, for messages.</param>
/// <param name="Call">Makes the value from the arguments.</param>
internal sealed record PickleFunction(string Name, Func<object?[], object?> Call);

/// <summary>Reads the arguments of pickled calls.</summary>
internal static class PickleValues
{
    public static T At<T>(this object?[] values, int index) =>
        index < values.Length && values[index] is T value ? value : throw new BadFileException($"calls a function with {Describe(values)}; {typeof(T).Name} was expected at {index}");

    /// <summary>A tuple or list of whole numbers.</summary>
    public static long[] Numbers(object? value)
    {
        IReadOnlyList<object?> items = value as IReadOnlyList<object?> ?? throw new BadFileException($"holds {Describe(value)} where sizes were expected");
        return [.. items.Select(static item => item is long number ? number : throw new BadFileException($"holds {Describe(item)} where a size was expected"))];
    }

    /// <summary>Bytes, also as protocol 2 and Python 2 write them: as a text with one character for each.</summary>
    public static byte[] Bytes(object? value) => value switch
    {
        byte[] bytes => bytes,
        string text when text.All(static c => c < 256) => System.Text.Encoding.Latin1.GetBytes(text),
        _ => throw new BadFileException($"holds {Describe(value)} where bytes were expected"),
    };

    public static string Describe(object? value) => value switch
    {
        null => "None",
        string or long or double or bool => $"the {value.GetType().Name} '{Shortened(value)}'",
        object?[] tuple => $"a tuple of {tuple.Length}",
        List<object?> list => $"a list of {list.Count}",
        PickleDictionary dictionary => $"a dictionary of {dictionary.Count}",
        PickleFunction function => $"the function {function.Name}",
        _ => $"a {value.GetType().Name}",
    };

    /// <summary>Text from outside for a message: of bounded length, without control characters.</summary>
    public static string Shortened(object value, int length = 80)
    {
        string text = Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)!;
        return string.Concat((text.Length > length ? text[..length] + "…" : text).Select(static c => char.IsControl(c) ? '\uFFFD' : c));
    }
}
