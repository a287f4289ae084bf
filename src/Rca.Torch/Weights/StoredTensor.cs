namespace Rca.Torch;

/// <summary>A tensor of a weight file: its name and where its elements are. Its elements have not been read.</summary>
/// <param name="Name">Its name in the file; names of nested dictionaries are joined by dots.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes of the dimensions.</param>
/// <param name="Strides">Elements from one index to the next, for each dimension.</param>
/// <param name="Position">Where the first element stands, in bytes from the start of the file.</param>
public sealed record StoredTensor(string Name, DType Type, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Position)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, static (product, size) => product * size);

    /// <summary>Size of the elements in memory.</summary>
    public long Bytes => Count * Type.SizeInBytes();

    /// <summary>Elements from the first to the last in the file, those between that belong to other tensors included.</summary>
    internal long Extent => Count == 0 ? 0 : 1 + Shape.Zip(Strides, static (size, stride) => (size - 1) * stride).Sum();

    internal static StoredTensor Contiguous(string name, DType type, long[] shape, long position) => new(name, type, shape, RowMajor(shape), position);

    /// <summary>The strides of elements without gaps, last dimension fastest.</summary>
    internal static long[] RowMajor(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        long stride = 1;
        for (int d = shape.Count - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Math.Max(shape[d], 1);
        }
        return strides;
    }

    /// <summary>The elements in row-major order.</summary>
    /// <param name="extent">All bytes from the first element to the last.</param>
    internal byte[] Gather(byte[] extent)
    {
        if (Count <= 1 || Shape.Zip(Strides, RowMajor(Shape)).All(static d => d.First == 1 || d.Second == d.Third)) return extent;
        int size = Type.SizeInBytes();
        var result = new byte[Bytes];
        var index = new long[Shape.Count];
        long from = 0;
        for (int to = 0; to < result.Length; to += size)
        {
            extent.AsSpan((int)from * size, size).CopyTo(result.AsSpan(to));
            for (int d = index.Length - 1; d >= 0; d--)
            {
                from += Strides[d];
                if (++index[d] < Shape[d]) break;
                from -= Strides[d] * Shape[d];
                index[d] = 0;
            }
        }
        return result;
    }
}
