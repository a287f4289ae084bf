using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rca.Imaging;

/// <summary>Changes the size of pictures and label maps.</summary>
public static class Resampler
{
    /// <summary>
    /// Resizes with a triangle filter whose support grows with the shrinking factor (antialiased bilinear).
    /// Within ±1 of Pillow's <c>Image.resize(size, BILINEAR)</c>. Alpha weighs the colours, so transparent pixels do not bleed into edges.
    /// </summary>
    /// <param name="picture">1, 3 or 4 channels.</param>
    /// <param name="width">New width in pixels, at least 1.</param>
    /// <param name="height">New height in pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1.</exception>
    public static Picture Resize(Picture picture, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var result = Picture.Unwritten(width, height, picture.Channels);
        int stride = picture.Width * picture.Channels;
        var columns = new TriangleFilter(picture.Width, width);
        var rows = new TriangleFilter(picture.Height, height);

        // One row of the result at a time: its source rows are blended first, which vectorises, then their columns. Rounded once, at the end.
        // A vector read at the last pixel may reach past it.
        var blended = new float[stride + Vector128<float>.Count];
        for (int y = 0; y < height; y++)
        {
            Array.Clear(blended);
            ReadOnlySpan<float> weights = rows.Weights(y, out int first);
            for (int k = 0; k < weights.Length; k++)
            {
                ReadOnlySpan<byte> source = picture.Pixels.AsSpan((first + k) * stride, stride);
                if (picture.Channels == 4)
                    AddPremultiplied(blended, source, weights[k]);
                else
                    Add(blended, source, weights[k]);
            }
            Span<byte> target = result.Pixels.AsSpan(y * width * picture.Channels, width * picture.Channels);
            switch (picture.Channels)
            {
                case 1: ReduceGray(blended, columns, target); break;
                case 3: ReduceRgb(blended, columns, target); break;
                default: ReduceRgba(blended, columns, target); break;
            }
        }
        return result;
    }

    /// <summary>Resizes by taking the label at the place of each new pixel's centre.</summary>
    /// <inheritdoc cref="Resize(Picture, int, int)"/>
    public static LabelMap Resize(LabelMap map, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var result = new LabelMap(width, height);
        var columns = new int[width];
        for (int x = 0; x < width; x++)
            columns[x] = (int)((2L * x + 1) * map.Width / (2L * width));
        for (int y = 0; y < height; y++)
        {
            int row = (int)((2L * y + 1) * map.Height / (2L * height)) * map.Width;
            for (int x = 0; x < width; x++)
                result.Labels[y * width + x] = map.Labels[row + columns[x]];
        }
        return result;
    }

    private static void Add(Span<float> sums, ReadOnlySpan<byte> values, float weight)
    {
        int i = 0;
        var weights = new Vector<float>(weight);
        for (; i <= values.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(values[i..]), out Vector<ushort> low, out Vector<ushort> high);
            AddWidened(sums[i..], low, weights);
            AddWidened(sums[(i + Vector<ushort>.Count)..], high, weights);
        }
        for (; i < values.Length; i++)
            sums[i] += weight * values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWidened(Span<float> sums, Vector<ushort> values, Vector<float> weights)
    {
        Vector.Widen(values, out Vector<uint> low, out Vector<uint> high);
        Span<Vector<float>> target = MemoryMarshal.Cast<float, Vector<float>>(sums);
        target[0] += weights * Vector.ConvertToSingle(Vector.AsVectorInt32(low));
        target[1] += weights * Vector.ConvertToSingle(Vector.AsVectorInt32(high));
    }

    private static void AddPremultiplied(Span<float> sums, ReadOnlySpan<byte> rgba, float weight)
    {
        ReadOnlySpan<uint> source = MemoryMarshal.Cast<byte, uint>(rgba);
        Span<Vector128<float>> target = MemoryMarshal.Cast<float, Vector128<float>>(sums);
        for (int i = 0; i < source.Length; i++)
        {
            Vector128<uint> values = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(source[i]).AsByte()));
            Vector128<float> straight = Vector128.ConvertToSingle(values.AsInt32());
            target[i] += straight.WithElement(3, 1) * (straight[3] * weight);
        }
    }

    private static void ReduceGray(ReadOnlySpan<float> row, TriangleFilter columns, Span<byte> target)
    {
        for (int x = 0; x < target.Length; x++)
        {
            ReadOnlySpan<float> weights = columns.Weights(x, out int first);
            float sum = 0;
            for (int k = 0; k < weights.Length; k++)
                sum += weights[k] * row[first + k];
            target[x] = Round(sum);
        }
    }

    private static void ReduceRgb(ReadOnlySpan<float> row, TriangleFilter columns, Span<byte> target)
    {
        ref float start = ref MemoryMarshal.GetReference(row);
        ref byte pixel = ref MemoryMarshal.GetReference(target);
        int last = target.Length - 3;
        for (int x = 0, at = 0; at <= last; x++, at += 3)
        {
            ReadOnlySpan<float> weights = columns.Weights(x, out int first);
            Vector128<float> sum = default; // the fourth lane is the next pixel's red and is not used
            ref float source = ref Unsafe.Add(ref start, 3 * first);
            for (int k = 0; k < weights.Length; k++, source = ref Unsafe.Add(ref source, 3))
                sum += Vector128.LoadUnsafe(ref source) * weights[k];
            uint rounded = Round(sum);
            if (at < last)
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref pixel, at), rounded); // the fourth byte is written again with the next pixel
            else
                (target[at], target[at + 1], target[at + 2]) = ((byte)rounded, (byte)(rounded >> 8), (byte)(rounded >> 16));
        }
    }

    private static void ReduceRgba(ReadOnlySpan<float> row, TriangleFilter columns, Span<byte> target)
    {
        ReadOnlySpan<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(row);
        for (int x = 0; x < target.Length / 4; x++)
        {
            ReadOnlySpan<float> weights = columns.Weights(x, out int first);
            Vector128<float> sum = default;
            for (int k = 0; k < weights.Length; k++)
                sum += pixels[first + k] * weights[k];
            float alpha = sum[3];
            float toStraight = alpha > 0 ? 1 / alpha : 0;
            target[4 * x] = Round(sum[0] * toStraight);
            target[4 * x + 1] = Round(sum[1] * toStraight);
            target[4 * x + 2] = Round(sum[2] * toStraight);
            target[4 * x + 3] = Round(alpha);
        }
    }

    /// <summary>Sums of weights that add up to one may exceed 255 by a rounding error.</summary>
    private static byte Round(float value) => (byte)Math.Min(value + 0.5f, 255f);

    /// <summary>The same for four values; the first is in the lowest byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Round(Vector128<float> values)
    {
        Vector128<int> whole = Vector128.ConvertToInt32(Vector128.Min(values + Vector128.Create(0.5f), Vector128.Create(255f)));
        Vector128<ushort> narrow = Vector128.Narrow(whole, whole).AsUInt16();
        return Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
    }
}
