using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Rca.Torch;

/// <summary>One argument of an operator. It holds the managed object, so that a tensor lives through the call.</summary>
internal readonly struct Argument
{
    public readonly object? Object;
    public readonly long Bits;
    public readonly ValueTag Tag;
    public readonly int Count;

    private Argument(ValueTag tag, object? value, long bits = 0, int count = 0) => (Tag, Object, Bits, Count) = (tag, value, bits, count);

    /// <summary>Python's None.</summary>
    public static Argument None => default;

    public static implicit operator Argument(Tensor? value) => value is null ? default : new(ValueTag.Tensor, value);
    public static implicit operator Argument(long value) => new(ValueTag.Int, null, value);
    public static implicit operator Argument(int value) => new(ValueTag.Int, null, value);
    public static implicit operator Argument(DType value) => new(ValueTag.Int, null, (long)value);
    public static implicit operator Argument(double value) => new(ValueTag.Double, null, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Argument(bool value) => new(ValueTag.Bool, null, value ? 1 : 0);
    public static implicit operator Argument(string value) => new(ValueTag.String, value);
    public static implicit operator Argument(long[] value) => new(ValueTag.Ints, value);
    public static implicit operator Argument(double[] value) => new(ValueTag.Doubles, value);
    public static implicit operator Argument(Tensor?[] value) => new(ValueTag.Tensors, value);

    /// <summary>The processor has no index: cpu:0 would be another device than cpu, and every move there a copy.</summary>
    public static implicit operator Argument(Device value) => new(ValueTag.Device, null, value.Type, value.IsCuda ? value.Index : -1);
}

/// <summary>
/// An operator of libtorch by name. It is looked up at its first call, so that one which this libtorch lacks breaks only its callers.
/// </summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private nint _handle;

    public string Name { get; } = overload.Length == 0 ? name : $"{name}.{overload}";

    /// <summary>The operator's signature as this libtorch declares it.</summary>
    public string Schema
    {
        get
        {
            nint op = Resolve();
            return Native.Text((buffer, capacity) => Native.rt_operator_schema(op, (byte*)buffer, capacity));
        }
    }

    /// <summary>Calls an operator with one tensor as its result.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        var tensor = new Tensor(result.Pointer);
        OperationCounter.Count(this, arguments, tensor);
        return tensor;
    }

    /// <summary>Calls an operator with a truth value as its result.</summary>
    public bool CallBool(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        return result.Int != 0;
    }

    /// <summary>Calls an operator with a list of tensors as its result.</summary>
    public Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        var tensors = new Tensor[result.Count];
        for (int i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(((nint*)result.Pointer)[i]);
        Native.rt_free(result.Pointer);
        return tensors;
    }

    /// <summary>Calls an operator for its effect; results are dropped.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        Invoke(arguments, null, 0);
        OperationCounter.Count(this, arguments, null);
    }

    private nint Resolve()
    {
        if (_handle != 0) return _handle;
        TorchRuntime.Initialize();
        nint found;
        if (Native.rt_operator_find(name, overload, &found) != 0)
            throw new OperatorException(Name, $"libtorch {TorchRuntime.Version} has no such operator ({Native.LastError()})");
        return _handle = found; // two threads may both look it up; the results are equal
    }

    [SkipLocalsInit]
    private void Invoke(ReadOnlySpan<Argument> arguments, NativeValue* results, int resultCount)
    {
        nint op = Resolve();
        const int scratchLength = 64;
        var values = stackalloc NativeValue[arguments.Length];
        var scratch = stackalloc long[scratchLength]; // lists are a few words each; longer ones go to the heap
        int used = 0, code;
        List<nint>? heap = null;
        try
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                ref readonly Argument argument = ref arguments[i];
                ref NativeValue value = ref values[i];
                value.Tag = argument.Tag;
                value.Count = argument.Count;
                switch (argument.Tag)
                {
                    case ValueTag.Tensor:
                        value.Pointer = Unsafe.As<Tensor>(argument.Object)!.Handle;
                        break;
                    case ValueTag.Ints or ValueTag.Doubles or ValueTag.Tensors:
                        int length = Unsafe.As<Array>(argument.Object)!.Length;
                        long* words = scratch + used;
                        if (used + length <= scratchLength) used += length;
                        else (heap ??= []).Add((nint)(words = (long*)NativeMemory.Alloc((nuint)length, sizeof(long))));
                        CopyWords(argument, new Span<long>(words, length));
                        value.Count = length;
                        value.Pointer = (nint)words;
                        break;
                    case ValueTag.String:
                        byte[] text = Encoding.UTF8.GetBytes(Unsafe.As<string>(argument.Object)!);
                        var copy = (byte*)NativeMemory.Alloc((nuint)text.Length + 1);
                        (heap ??= []).Add((nint)copy);
                        text.CopyTo(new Span<byte>(copy, text.Length));
                        value.Count = text.Length;
                        value.Pointer = (nint)copy;
                        break;
                    default:
                        value.Int = argument.Bits;
                        break;
                }
            }
            code = Native.rt_call(op, values, arguments.Length, results, resultCount);
            // No finalizer may release a tensor before the native side has taken its own reference.
            foreach (ref readonly Argument argument in arguments) GC.KeepAlive(argument.Object);
        }
        finally
        {
            if (heap is not null)
                foreach (nint block in heap) NativeMemory.Free((void*)block);
        }
        if (code != 0) throw new OperatorException(Name, FirstLine(Native.LastError()));
    }

    private static void CopyWords(in Argument argument, Span<long> words)
    {
        switch (argument.Tag)
        {
            case ValueTag.Ints:
                Unsafe.As<long[]>(argument.Object)!.CopyTo(words);
                break;
            case ValueTag.Doubles:
                Unsafe.As<double[]>(argument.Object)!.CopyTo(MemoryMarshal.Cast<long, double>(words));
                break;
            default:
                var tensors = Unsafe.As<Tensor?[]>(argument.Object)!;
                for (int i = 0; i < tensors.Length; i++) words[i] = tensors[i]?.Handle ?? 0;
                break;
        }
    }

    /// <summary>libtorch appends where in its own sources a check failed; users need what failed.</summary>
    private static string FirstLine(string message)
    {
        int end = message.IndexOf("\nException raised from", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).Trim();
    }
}
