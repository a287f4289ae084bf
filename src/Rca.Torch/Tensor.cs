using System.Runtime.CompilerServices;

namespace Rca.Torch;

/// <summary>
/// A tensor of libtorch. It is disposed with the <see cref="TensorScope"/> that it was made in, or by its owner; the finalizer is a
/// safety net only. Operators are methods named as in PyTorch.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    internal const int MaxDimensions = 16;
    private static long _liveHandles;
    private nint _handle;

    /// <summary>Takes over one native reference.</summary>
    internal Tensor(nint owned)
    {
        _handle = owned;
        if (owned == 0)
        {
            GC.SuppressFinalize(this);
            return;
        }
        Interlocked.Increment(ref _liveHandles);
        TensorScope.Adopt(this);
    }

    /// <summary>Releases the memory if nobody disposed the object.</summary>
    ~Tensor() => Release();

    /// <summary>Tensors and readbacks that hold native memory now, in the whole process.</summary>
    public static long LiveHandles => Interlocked.Read(ref _liveHandles);

    /// <summary>Counts what holds native memory beside tensors.</summary>
    internal static void CountHandles(int change) => Interlocked.Add(ref _liveHandles, change);

    /// <summary>The scope that will dispose this tensor, if any.</summary>
    internal TensorScope? Scope { get; set; }

    internal nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            nint value = _handle;
            ObjectDisposedException.ThrowIf(value == 0, this);
            return value;
        }
    }

    /// <summary>Sizes of the dimensions.</summary>
    public long[] Shape
    {
        get
        {
            NativeInfo info;
            long* sizes = stackalloc long[MaxDimensions];
            ReadInfo(&info, sizes);
            return new Span<long>(sizes, info.Dimensions).ToArray();
        }
    }

    /// <summary>Number of elements.</summary>
    public long Count => Info().Count;

    /// <summary>Number of dimensions.</summary>
    public int Dimensions => Info().Dimensions;

    /// <summary>Element type.</summary>
    public DType DType => (DType)Info().DType;

    /// <summary>Where the elements are.</summary>
    public Device Device
    {
        get
        {
            NativeInfo info = Info();
            return new Device(info.Device, Math.Max(0, info.DeviceIndex));
        }
    }

    /// <summary>Size of one dimension; negative numbers count from the last.</summary>
    public long Size(int dimension)
    {
        long[] shape = Shape;
        return shape[dimension < 0 ? shape.Length + dimension : dimension];
    }

    /// <summary>Copies <paramref name="data"/> into a new tensor on the processor.</summary>
    /// <param name="data">Elements in row-major order.</param>
    /// <param name="shape">Sizes; their product is the length of the data.</param>
    public static Tensor From<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape) where T : unmanaged =>
        From(System.Runtime.InteropServices.MemoryMarshal.AsBytes(data), DTypes.Of<T>(), shape);

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>
    public static Tensor From<T>(T[] data, params ReadOnlySpan<long> shape) where T : unmanaged => From<T>(data.AsSpan(), shape);

    /// <summary>Copies raw little-endian elements into a new tensor on the processor.</summary>
    public static Tensor From(ReadOnlySpan<byte> data, DType type, params ReadOnlySpan<long> shape)
    {
        long bytes = type.SizeInBytes();
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            bytes = checked(bytes * size);
        }
        if (bytes != data.Length)
            throw new ArgumentException($"The shape [{string.Join(", ", shape.ToArray())}] of {type} needs {bytes} bytes, the data has {data.Length}.", nameof(data));
        TorchRuntime.Initialize();
        nint result;
        fixed (byte* p = data)
        fixed (long* s = shape)
            Native.Check(Native.rt_from_memory(p, s, shape.Length, (int)type, &result), "copying data into a tensor");
        return new Tensor(result);
    }

    /// <summary>Copies the elements to an array in row-major order. On CUDA this waits for the device.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        RequireType(DTypes.Of<T>());
        var array = new T[Count];
        CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(array.AsSpan()));
        return array;
    }

    /// <summary>Copies the elements as raw bytes in row-major order. On CUDA this waits for the device.</summary>
    /// <param name="destination">Exactly as long as the elements.</param>
    public void CopyTo(Span<byte> destination)
    {
        fixed (byte* p = destination)
            Native.Check(Native.rt_to_memory(Handle, p, destination.Length), "copying a tensor out");
        GC.KeepAlive(this);
    }

    /// <summary>Reads and writes elements where they are, without a copy. Several threads may each have their own part of a tensor.</summary>
    /// <param name="edit">Gets all elements in memory order.</param>
    /// <exception cref="TorchException">The elements are of another type, not on the processor, or not one block of memory.</exception>
    public void Edit<T>(Action<Span<T>> edit) where T : unmanaged
    {
        RequireType(DTypes.Of<T>());
        void* data;
        long bytes;
        Native.Check(Native.rt_data(Handle, &data, &bytes), "editing a tensor");
        edit(new Span<T>(data, checked((int)(bytes / sizeof(T)))));
        GC.KeepAlive(this);
    }

    /// <summary>The one element of a float tensor. On CUDA this waits for the device.</summary>
    public float Item()
    {
        using Tensor single = To(DType.Float32);
        return single.ToArray<float>().Single();
    }

    /// <summary>Takes this tensor out of every scope: from now on its owner disposes it.</summary>
    public Tensor Escape()
    {
        Scope = null;
        return this;
    }

    /// <summary>Releases the native reference.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        _handle == 0 ? "Tensor (disposed)" : $"Tensor [{string.Join(", ", Shape)}] {DType} {Device}";

    /// <summary>Makes this object stand for <paramref name="other"/>'s tensor, which is used up. Modules move their weights so.</summary>
    internal void Become(Tensor other)
    {
        nint taken = Interlocked.Exchange(ref other._handle, 0);
        nint old = Interlocked.Exchange(ref _handle, taken);
        GC.SuppressFinalize(other);
        Interlocked.Decrement(ref _liveHandles);
        Native.rt_release(old);
    }

    private void Release()
    {
        nint old = Interlocked.Exchange(ref _handle, 0);
        if (old == 0) return;
        Interlocked.Decrement(ref _liveHandles);
        Native.rt_release(old);
    }

    private NativeInfo Info()
    {
        NativeInfo info;
        long* sizes = stackalloc long[MaxDimensions];
        ReadInfo(&info, sizes);
        return info;
    }

    private void ReadInfo(NativeInfo* info, long* sizes)
    {
        Native.Check(Native.rt_info(Handle, info, sizes, MaxDimensions), "reading a tensor's shape");
        GC.KeepAlive(this);
    }

    internal void RequireType(DType wanted)
    {
        if (DType != wanted) throw new TorchException($"The tensor holds {DType}, not {wanted}: convert it with To first.");
    }
}
