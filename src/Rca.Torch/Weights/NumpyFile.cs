using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Rca.Torch;

/// <summary>
/// Reads <c>.npy</c> files (format 1 to 3): arrays of numbers, and the dictionary of arrays that <c>np.save</c> makes of a Python dictionary.
/// Nothing in a file is executed.
/// </summary>
public static partial class NumpyFile
{
    private const int MaxHeaderBytes = 1 << 16;
    private static readonly Dictionary<string, object> Globals = new(NumpyPickle.Globals);

    /// <summary>Reads an array of numbers.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or holds something else.</exception>
    public static NumpyArray Read(string path) => Open(path, ReadArray);

    /// <summary>Reads an array of numbers from a stream that knows its length.</summary>
    /// <param name="stream">The file's bytes.</param>
    /// <param name="path">Names the file in errors.</param>
    /// <exception cref="WeightFileException">The bytes are damaged, or hold something else.</exception>
    public static NumpyArray Read(Stream stream, string path) => WeightReader.Guarded(path, () => ReadArray(stream, ReadHeader(stream)));

    private static NumpyArray ReadArray(Stream stream, Header header)
    {
        if (header.Type.EndsWith('O')) throw new BadFileException("holds Python objects; an array of numbers was expected");
        long bytes = stream.Length - stream.Position;
        if (bytes > Array.MaxLength) throw new BadFileException($"holds an array of {bytes} bytes; at most {Array.MaxLength} are supported");
        var data = new byte[bytes];
        stream.ReadExactly(data);
        return new NumpyArray(header.Shape, header.Type, data, header.ColumnMajor);
    }

    /// <summary>Reads a dictionary from names to arrays of numbers. Whole numbers as keys become their decimal text.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or holds something else.</exception>
    public static IReadOnlyDictionary<string, NumpyArray> ReadDictionary(string path) => Open(path, static (stream, header) =>
    {
        if (!header.Type.EndsWith('O') || header.Shape.Length > 0)
            throw new BadFileException($"holds an array of '{PickleValues.Shortened(header.Type)}' with {header.Shape.Length} dimensions; a saved dictionary was expected");
        object? value = new Unpickler(stream, Globals).Read();
        if (value is not NumpyObject { Objects: [PickleDictionary items] }) throw new BadFileException($"holds {PickleValues.Describe(value)}; a dictionary was expected");
        return items.ToDictionary(static item => item.Key, static item =>
            (item.Value as NumpyObject)?.Array ?? throw new BadFileException($"holds {PickleValues.Describe(item.Value)} under '{PickleValues.Shortened(item.Key)}'; an array of numbers was expected"));
    });

    private static T Open<T>(string path, Func<Stream, Header, T> read) => WeightReader.Guarded(path, () =>
    {
        using FileStream stream = WeightReader.OpenFile(path);
        return read(stream, ReadHeader(stream));
    });

    private static Header ReadHeader(Stream stream)
    {
        var start = new byte[12];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (read < 10 || !start.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8])) throw new BadFileException("is not a NumPy file: it does not begin as one");
        if (start[6] is 0 or > 3) throw new BadFileException($"is a NumPy file of version {start[6]}; 1 to 3 are known");
        int prefix = start[6] == 1 ? 10 : 12;
        long length = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        if (length > MaxHeaderBytes || length > stream.Length - prefix) throw new BadFileException($"claims a header of {length} bytes in a file of {stream.Length}");
        var bytes = new byte[length];
        stream.Position = prefix;
        stream.ReadExactly(bytes);
        string text = Encoding.UTF8.GetString(bytes);
        if (HeaderText().Match(text) is not { Success: true } match)
            throw new BadFileException($"has the header '{PickleValues.Shortened(text)}'; a simple type, fortran_order and a shape were expected");
        long[] shape = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static size => long.TryParse(size, CultureInfo.InvariantCulture, out long value) ? value : -1)];
        return new Header(match.Groups["type"].Value, shape, match.Groups["order"].Value == "True");
    }

    /// <summary>The Python literal that NumPy writes, its keys in alphabetical order.</summary>
    [GeneratedRegex(@"^\{\s*'descr':\s*'(?<type>[^']{1,16})',\s*'fortran_order':\s*(?<order>True|False),\s*'shape':\s*\((?<shape>[\d, ]*)\),?\s*\}\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex HeaderText();

    private sealed record Header(string Type, long[] Shape, bool ColumnMajor);
}
