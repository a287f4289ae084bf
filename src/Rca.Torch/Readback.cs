namespace Rca.Torch;

/// <summary>
/// A tensor's elements on their way to the processor: asked for now, taken later, so that the program does not wait while the device computes them.
/// What happens to the tensor meanwhile does not change them.
/// </summary>
/// <typeparam name="T">Type of the elements.</typeparam>
public sealed unsafe class Readback<T> : IDisposable where T : unmanaged
{
    private readonly long _count;
    private nint _handle;

    /// <summary>Asks for the elements of a tensor.</summary>
    public Readback(Tensor tensor)
    {
        tensor.RequireType(DTypes.Of<T>());
        _count = tensor.Count;
        nint handle;
        Native.Check(Native.rt_readback_start(tensor.Handle, &handle), "reading a tensor back");
        GC.KeepAlive(tensor);
        _handle = handle;
        Tensor.CountHandles(1);
    }

    /// <summary>Releases the memory if nobody disposed the object.</summary>
    ~Readback() => Release();

    /// <summary>The elements in row-major order; may be called again. On CUDA this waits until the device has computed them.</summary>
    public T[] Take()
    {
        ObjectDisposedException.ThrowIf(_handle == 0, this);
        var array = new T[_count];
        fixed (T* p = array)
            Native.Check(Native.rt_readback_take(_handle, p, _count * sizeof(T)), "reading a tensor back");
        GC.KeepAlive(this);
        return array;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle == 0) return;
        Tensor.CountHandles(-1);
        Native.rt_readback_free(handle);
    }
}
