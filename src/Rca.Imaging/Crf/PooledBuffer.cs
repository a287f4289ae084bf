using System.Buffers;
using System.Runtime.InteropServices;

namespace Rca.Imaging.Crf;

/// <summary>Scratch memory from the shared pool, pinned and aligned to cache lines. The content is not cleared.</summary>
internal sealed unsafe class PooledBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;
    private T[]? _array;
    private GCHandle _pin;

    public PooledBuffer(long length)
    {
        var padded = length + Alignment / sizeof(T);
        if (padded > Array.MaxLength)
            throw new ArgumentException(
                $"The dense CRF would need an array of {length} numbers, more than the {Array.MaxLength} an array can hold; "
                + "use a smaller picture or fewer labels.");
        _array = ArrayPool<T>.Shared.Rent((int)padded);
        _pin = GCHandle.Alloc(_array, GCHandleType.Pinned);
        Pointer = (T*)((_pin.AddrOfPinnedObject() + Alignment - 1) & ~(nint)(Alignment - 1));
        Length = (int)length;
        HugePages.Prefer(Pointer, length * sizeof(T));
    }

    // A buffer that an error kept from Dispose must not stay pinned.
    ~PooledBuffer()
    {
        if (_pin.IsAllocated)
            _pin.Free();
    }

    public T* Pointer { get; private set; }

    public int Length { get; private set; }

    public Span<T> Span => new(Pointer, Length);

    /// <summary>Keeps the first <paramref name="length"/> values.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    public void Dispose()
    {
        if (_array is null)
            return;
        Pointer = null;
        _pin.Free();
        ArrayPool<T>.Shared.Return(_array);
        _array = null;
        GC.SuppressFinalize(this);
    }
}
