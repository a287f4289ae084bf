using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Transforms;

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
    public static Picture Resize(Picture picture, int width, int height) => Resize(picture, width, height, new Window(0, 0, width, height));

    /// <summary>Resizes a picture and keeps a window of the result, exactly as it would be cut out of the whole; only what it shows is computed.</summary>
    /// <param name="picture">1, 3 or 4 channels.</param>
    /// <param name="width">Width of the whole resized picture in pixels, at least 1.</param>
    /// <param name="height">Its height in pixels, at least 1.</param>
    /// <param name="window">The part of the resized picture to keep.</param>
    /// <param name="padding">The pixel outside the picture, one value per channel; zeros if empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size below 1.</exception>
    /// <exception cref="ArgumentException">The padding has another number of channels.</exception>
    public static Picture Resize(Picture picture, int width, int height, Window window, ReadOnlySpan<byte> padding = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Stretch across, Stretch down) = (window.Columns(width), window.Rows(height));
        Picture result = PictureTransforms.Padded(picture.Channels, window, across.Count == window.Width && down.Count == window.Height, padding);
        if (across.Count == 0 || down.Count == 0)
            return result;

        int channels = picture.Channels, stride = picture.Width * channels;
        var columns = new TriangleFilter(picture.Width, width, across);
        var rows = new TriangleFilter(picture.Height, height, down);
        // One row of the result at a time: its source rows are blended first, then their columns. Rounded once, at the end.
        // Weights of nothing and a vector read at the last pixel may reach past it, to zeros.
        var blended = new float[stride + columns.Most * channels + Vector128<float>.Count];
        int start = columns.Start * channels, length = (columns.End - columns.Start) * channels;
        for (int y = 0; y < down.Count; y++)
        {
            ReadOnlySpan<float> weights = rows.Weights(y, out int first);
            ReadOnlySpan<byte> source = picture.Pixels.AsSpan(first * stride + start, (weights.Length - 1) * stride + length);
            if (channels == 4)
                BlendPremultiplied(source, stride, weights, blended.AsSpan(start, length));
            else
                Blend(source, stride, weights, blended.AsSpan(start, length));
            Span<byte> target = result.Pixels.AsSpan(((down.At + y) * window.Width + across.At) * channels, across.Count * channels);
            switch (channels)
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
    public static LabelMap Resize(LabelMap map, int width, int height) => Resize(map, width, height, new Window(0, 0, width, height));

    /// <summary>Resizes a label map as <see cref="Resize(LabelMap, int, int)"/> does and keeps a window; outside the map it is <see cref="LabelMap.Ignore"/>.</summary>
    /// <inheritdoc cref="Resize(Picture, int, int, Window, ReadOnlySpan{byte})"/>
    public static LabelMap Resize(LabelMap map, int width, int height, Window window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (Stretch across, Stretch down) = (window.Columns(width), window.Rows(height));
        var result = new LabelMap(window.Width, window.Height);
        if (across.Count < window.Width || down.Count < window.Height)
            Array.Fill(result.Labels, LabelMap.Ignore);
        var columns = new int[across.Count];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = (int)((2L * (across.First + across.Step * i) + 1) * map.Width / (2L * width));
        for (int y = 0; y < down.Count; y++)
        {
            ReadOnlySpan<ushort> row = map.Labels.AsSpan((int)((2L * (down.First + y) + 1) * map.Height / (2L * height)) * map.Width, map.Width);
            Span<ushort> target = result.Labels.AsSpan((down.At + y) * window.Width + across.At, columns.Length);
            for (int i = 0; i < target.Length; i++)
                target[i] = row[columns[i]];
        }
        return result;
    }

    /// <summary>Weighted sums of rows that lie <paramref name="stride"/> apart. A sum stays in its register until all rows are added.</summary>
    private static void Blend(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<float> weights, Span<float> sums)
    {
        if (sums.Length < Vector<byte>.Count)
        {
            for (int i = 0; i < sums.Length; i++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++)
                    sum += weights[k] * rows[k * stride + i];
                sums[i] = sum;
            }
            return;
        }
        ref byte source = ref MemoryMarshal.GetReference(rows);
        int last = sums.Length - Vector<byte>.Count;
        for (int i = 0; ; i = Math.Min(i + Vector<byte>.Count, last)) // the last vectors overlap those before
        {
            Vector<float> a = default, b = default, c = default, d = default;
            for (int k = 0; k < weights.Length; k++)
            {
                var weight = new Vector<float>(weights[k]);
                Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)(k * stride + i)), out Vector<ushort> low, out Vector<ushort> high);
                Vector.Widen(low, out Vector<uint> first, out Vector<uint> second);
                Vector.Widen(high, out Vector<uint> third, out Vector<uint> fourth);
                a += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(first));
                b += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(second));
                c += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(third));
                d += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(fourth));
            }
            Span<Vector<float>> target = MemoryMarshal.Cast<float, Vector<float>>(sums.Slice(i, Vector<byte>.Count));
            (target[0], target[1], target[2], target[3]) = (a, b, c, d);
            if (i == last) return;
        }
    }

    private static void BlendPremultiplied(ReadOnlySpan<byte> rows, int stride, ReadOnlySpan<float> weights, Span<float> sums)
    {
        Span<Vector128<float>> target = MemoryMarshal.Cast<float, Vector128<float>>(sums);
        for (int i = 0; i < target.Length; i++)
        {
            Vector128<float> sum = default;
            for (int k = 0; k < weights.Length; k++)
            {
                uint pixel = MemoryMarshal.Read<uint>(rows[(k * stride + 4 * i)..]);
                Vector128<uint> values = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(pixel).AsByte()));
                Vector128<float> straight = Vector128.ConvertToSingle(values.AsInt32());
                sum += straight.WithElement(3, 1) * (straight[3] * weights[k]);
            }
            target[i] = sum;
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
        ReadOnlySpan<int> firsts = columns.Firsts;
        ReadOnlySpan<float> table = columns.Table;
        ref float weight = ref MemoryMarshal.GetReference(table);
        for (int x = 0, at = 0; at <= last; x++, at += 3)
        {
            Vector128<float> sum = default; // the fourth lane is the next pixel's red and is not used
            ref float source = ref Unsafe.Add(ref start, 3 * firsts[x]);
            for (int k = 0; k < columns.Most; k++, source = ref Unsafe.Add(ref source, 3), weight = ref Unsafe.Add(ref weight, 1))
                sum += Vector128.LoadUnsafe(ref source) * weight;
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
        Vector128<int> whole = Vector128.ConvertToInt32Native(Vector128.Min(values + Vector128.Create(0.5f), Vector128.Create(255f)));
        return Vector128.Shuffle(whole.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)).AsUInt32().ToScalar();
    }
}
