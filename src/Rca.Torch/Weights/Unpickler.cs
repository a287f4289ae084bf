using System.Buffers.Binary;
using System.Text;

namespace Rca.Torch;

/// <summary>
/// Reads a pickle as data: the operations of protocols 2 to 4 that numbers, texts, bytes, lists, tuples and dictionaries need, and calls of
/// the few names it is given, which all call our own functions. Everything else is refused by name. Memory is bounded by a budget that
/// every operation draws on, and depth plays no part because nothing here recurses.
/// </summary>
internal sealed class Unpickler(Stream stream, IReadOnlyDictionary<string, object> globals, Func<object?[], object>? persistent = null)
{
    /// <summary>Bytes of memory that one pickle may take, as far as its operations tell.</summary>
    private const long Budget = 512L << 20;

    private const int OperationCost = 32, ContainerCost = 128, NumberCost = 8, MaxName = 256;

    /// <summary>Calls copy lists of pairs at most: the list, its pairs, their values.</summary>
    private const int CopiedDepth = 2;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Operations that other programs use and that are refused.</summary>
    private static readonly Dictionary<int, string> Refused = new()
    {
        ['i'] = "INST", ['o'] = "OBJ", [0x81] = "NEWOBJ", [0x92] = "NEWOBJ_EX", [0x82] = "EXT1", [0x83] = "EXT2", [0x84] = "EXT4", ['P'] = "PERSID",
        ['I'] = "INT", ['L'] = "LONG", ['F'] = "FLOAT", ['S'] = "STRING", ['V'] = "UNICODE", ['p'] = "PUT", ['g'] = "GET", ['d'] = "DICT", ['l'] = "LIST",
        ['0'] = "POP", ['1'] = "POP_MARK", ['2'] = "DUP", [0x8b] = "LONG4", [0x8e] = "BINBYTES8", [0x96] = "BYTEARRAY8", [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER", [0x8f] = "EMPTY_SET", [0x90] = "ADDITEMS", [0x91] = "FROZENSET",
    };

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _spent;

    /// <summary>Reads one pickle; the stream then stands behind it.</summary>
    /// <exception cref="BadFileException">It is damaged, too large, or does more than hold data.</exception>
    public object? Read()
    {
        while (true)
        {
            int operation = stream.ReadByte();
            Spend(OperationCost);
            switch (operation)
            {
                case '.': return _stack.Count == 1 && _marks.Count == 0 ? Pop() : throw new BadFileException("holds a pickle that ends in the middle of a value");
                case 0x80: RequireKnownProtocol(U8()); break;
                case 0x95: Bytes(8); break; // FRAME: only helps programs that read ahead
                case '(': _marks.Push(_stack.Count); break;
                case 'N': Push(null); break;
                case 0x88: Push(true); break;
                case 0x89: Push(false); break;
                case 'K': Push((long)U8()); break;
                case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
                case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
                case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
                case 0x8a: Push(Integer(Bytes(U8()))); break;
                case 'U': Push(Encoding.Latin1.GetString(Bytes(U8()))); break;
                case 'T': Push(Encoding.Latin1.GetString(Bytes(U32()))); break;
                case 0x8c: Push(Text(Bytes(U8()))); break;
                case 'X': Push(Text(Bytes(U32()))); break;
                case 0x8d: Push(Text(Bytes(BinaryPrimitives.ReadInt64LittleEndian(Bytes(8))))); break;
                case 'C': Push(Bytes(U8())); break;
                case 'B': Push(Bytes(U32())); break;
                case ')': Push(Array.Empty<object?>()); break;
                case 0x85 or 0x86 or 0x87: Push(PopMany(operation - 0x84).ToArray()); break;
                case 't': Push(PopToMark().ToArray()); break;
                case ']': Push(Container(new List<object?>())); break;
                case 'a': Append(PopMany(1)); break;
                case 'e': Append(PopToMark()); break;
                case '}': Push(Container(new PickleDictionary())); break;
                case 's': SetItems(PopMany(2)); break;
                case 'u': SetItems(PopToMark()); break;
                case 'c': Push(Global(Line(), Line())); break;
                case 0x93: Push(PopMany(2) is [string module, string name] ? Global(module, name) : throw new BadFileException("names a global by something other than texts")); break;
                case 'R': Reduce(); break;
                case 'b': Build(); break;
                case 'Q': Push(PersistentValue(Pop())); break;
                case 'q': _memo[U8()] = Peek(); break;
                case 'r': _memo[U32()] = Peek(); break;
                case 0x94: _memo[_memo.Count] = Peek(); break;
                case 'h': Push(Recall(U8())); break;
                case 'j': Push(Recall(U32())); break;
                case -1: throw new BadFileException("ends in the middle of a pickle; it is truncated");
                default:
                    throw new BadFileException($"uses the pickle operation 0x{operation:x2} ({Refused.GetValueOrDefault(operation, "unknown")}), which data does not need; nothing was executed");
            }
        }
    }

    private static void RequireKnownProtocol(int protocol)
    {
        if (protocol is < 2 or > 5) throw new BadFileException($"holds a pickle of protocol {protocol}; 2 to 5 are known");
    }

    private void Reduce()
    {
        object? arguments = Pop(), function = Pop();
        if (function is not PickleFunction known || arguments is not object?[] values)
            throw new BadFileException($"calls {PickleValues.Describe(function)} with {PickleValues.Describe(arguments)}; a known function and a tuple were expected");
        SpendForCopies(values);
        Push(Container(known.Call(values)));
    }

    private void Build()
    {
        object? state = Pop(), target = Peek();
        if (target is not IPickleState known) throw new BadFileException($"sets the state of {PickleValues.Describe(target)}; nothing was executed");
        if (state is object?[] values) SpendForCopies(values);
        known.Build(state);
    }

    private object Global(string module, string name)
    {
        if (globals.TryGetValue($"{module} {name}", out object? known)) return known;
        throw new BadFileException($"names '{PickleValues.Shortened($"{module}.{name}")}', which data does not need; nothing was executed. "
            + "Weights alone are read: save a state_dict, not a whole model or other objects");
    }

    private object PersistentValue(object? id) =>
        persistent is not null && id is object?[] tuple ? persistent(tuple) : throw new BadFileException($"refers to {PickleValues.Describe(id)} outside of its pickle");

    private void Append(ReadOnlySpan<object?> items)
    {
        if (Peek() is not List<object?> list) throw new BadFileException($"appends to {PickleValues.Describe(Peek())}");
        list.AddRange(items);
    }

    private void SetItems(ReadOnlySpan<object?> items)
    {
        if (Peek() is not PickleDictionary dictionary || items.Length % 2 != 0) throw new BadFileException($"sets items of {PickleValues.Describe(Peek())}");
        Spend(ContainerCost * (long)items.Length / 2);
        for (int i = 0; i < items.Length; i += 2) dictionary[Key(items[i])] = items[i + 1];
    }

    /// <summary>A key as text.</summary>
    public static string Key(object? value) => value switch
    {
        string text => text,
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => throw new BadFileException($"has {PickleValues.Describe(value)} as a key; texts and whole numbers are supported"),
    };

    private object? Recall(long index) => _memo.TryGetValue(index, out object? value) ? value : throw new BadFileException($"refers to value {index} before it is there");

    private T Container<T>(T value)
    {
        Spend(ContainerCost);
        return value;
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Underflow();

    /// <summary>The topmost values, which the caller uses before it pushes.</summary>
    private ReadOnlySpan<object?> PopMany(int count)
    {
        if (_stack.Count - count < Floor) throw Underflow();
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private ReadOnlySpan<object?> PopToMark()
    {
        if (!_marks.TryPop(out int mark)) throw Underflow();
        return PopMany(_stack.Count - mark);
    }

    /// <summary>Values below the last mark are not for the operations above it.</summary>
    private int Floor => _marks.TryPeek(out int mark) ? mark : 0;

    private static BadFileException Underflow() => new("holds a pickle that takes values that are not there");

    private int U8() => stream.ReadByte() is >= 0 and var value ? value : throw new BadFileException("ends in the middle of a pickle; it is truncated");

    private long U32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    /// <summary>Exactly so many bytes, checked against the rest of the stream before memory is taken.</summary>
    private byte[] Bytes(long count)
    {
        if (count < 0 || count > stream.Length - stream.Position) throw new BadFileException($"announces {count} bytes where {stream.Length - stream.Position} are left; it is damaged or truncated");
        Spend(2 * count); // a text takes twice its bytes
        var data = new byte[count];
        stream.ReadExactly(data);
        return data;
    }

    private static string Text(byte[] data)
    {
        try
        {
            return Utf8.GetString(data);
        }
        catch (DecoderFallbackException e)
        {
            throw new BadFileException($"holds a text that is not UTF-8 ({e.Message})");
        }
    }

    private string Line()
    {
        var text = new StringBuilder();
        for (int c = stream.ReadByte(); c != '\n'; c = stream.ReadByte())
        {
            if (c < 0 || text.Length == MaxName) throw new BadFileException("holds the name of a global that does not end");
            text.Append((char)c);
        }
        Spend(2 * text.Length);
        return text.ToString();
    }

    private static object Integer(byte[] data) => data.Length switch
    {
        <= sizeof(long) => (object)(long)new System.Numerics.BigInteger(data),
        <= 16 => new System.Numerics.BigInteger(data), // the magic number of old files has ten bytes
        _ => throw new BadFileException($"holds a number of {data.Length} bytes"),
    };

    /// <summary>What a call may copy of its arguments: they can be old values, which cost nothing to name again.</summary>
    private void SpendForCopies(object?[] arguments)
    {
        foreach (object? argument in arguments) SpendForCopy(argument, CopiedDepth);
    }

    /// <summary>Spends before it looks inside, so that time is bounded too.</summary>
    private void SpendForCopy(object? value, int depth)
    {
        switch (value)
        {
            case string text: Spend(sizeof(char) * (long)text.Length + NumberCost); break;
            case IReadOnlyList<object?> items:
                Spend(ContainerCost * (items.Count + 1L));
                if (depth == 0) break;
                foreach (object? item in items) SpendForCopy(item, depth - 1);
                break;
            default: Spend(NumberCost); break;
        }
    }

    private void Spend(long cost)
    {
        _spent += cost;
        if (_spent > Budget) throw new BadFileException($"holds a pickle that needs more than {Budget >> 20} MiB of memory, far more than names and shapes do");
    }
}
