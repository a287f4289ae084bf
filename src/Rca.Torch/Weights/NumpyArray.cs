using System.Buffers.Binary;

namespace Rca.Torch;

/// <summary>An array of NumPy: sizes and numbers.</summary>
public sealed class NumpyArray
{
    /// <summary>As in NumPy 2.</summary>
    private const int MaxDimensions = 64;

    private readonly byte[] _data;
    private readonly bool _columnMajor, _bigEndian;
    private readonly char _kind;
    private readonly int _size;

    /// <summary>Checks the sizes against the data.</summary>
    internal NumpyArray(long[] shape, string type, byte[] data, bool columnMajor)
    {
        (Shape, _data, _columnMajor) = (shape, data, columnMajor);
        if (shape.Length > MaxDimensions) throw new BadFileException($"holds an array of {shape.Length} dimensions; at most {MaxDimensions} are supported");
        string code = type.TrimStart('<', '>', '|', '=');
        if (code is not ("b1" or "i1" or "u1" or "i2" or "u2" or "i4" or "u4" or "i8" or "u8" or "f2" or "f4" or "f8"))
            throw new BadFileException($"holds an array of the type '{PickleValues.Shortened(type)}'; whole numbers, floating point and bool are supported");
        (_kind, _size, _bigEndian) = (code[0], code[1] - '0', type[0] == '>');
        Int128 bytes = _size;
        foreach (long size in shape)
        {
            bytes *= size;
            if (size < 0 || bytes > long.MaxValue) bytes = -1;
            if (bytes < 0) break;
        }
        if (bytes != data.Length)
            throw new BadFileException($"holds an array of {data.Length} bytes, which does not fit its shape ({string.Join(", ", shape)}) and type '{type}'");
    }

    /// <summary>Sizes of the dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>True for whole numbers and bool.</summary>
    public bool IsWhole => _kind != 'f';

    /// <summary>The elements in row-major order. Whole numbers beyond 2⁵³ are rounded.</summary>
    public double[] ToDoubles()
    {
        var values = new double[_data.Length / _size];
        for (int i = 0; i < values.Length; i++) values[i] = Element(_data.AsSpan(i * _size, _size));
        return _columnMajor && Shape.Count > 1 ? RowMajor(values) : values;
    }

    private double Element(ReadOnlySpan<byte> bytes)
    {
        Span<byte> e = stackalloc byte[8];
        bytes.CopyTo(e);
        if (_bigEndian) e[.._size].Reverse();
        return (_kind, _size) switch
        {
            ('f', 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(e),
            ('f', 4) => BinaryPrimitives.ReadSingleLittleEndian(e),
            ('f', _) => BinaryPrimitives.ReadDoubleLittleEndian(e),
            ('i', 1) => (sbyte)e[0],
            ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(e),
            ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(e),
            ('i', _) => BinaryPrimitives.ReadInt64LittleEndian(e),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(e), // the bytes above a shorter number are zero
        };
    }

    private double[] RowMajor(double[] values)
    {
        long[] strides = [.. StoredTensor.RowMajor([.. Shape.Reverse()]).Reverse()]; // first dimension fastest
        var result = new double[values.Length];
        var index = new long[Shape.Count];
        for (int i = 0; i < result.Length; i++)
        {
            long from = 0;
            for (int d = 0; d < index.Length; d++) from += index[d] * strides[d];
            result[i] = values[from];
            for (int d = index.Length - 1; d >= 0 && ++index[d] == Shape[d]; d--) index[d] = 0;
        }
        return result;
    }
}
