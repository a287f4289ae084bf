using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rca.Clustering;

/// <summary>
/// K-means of a few hundred points: k-means++ start (Arthur and Vassilvitskii, 2007) in its greedy form, which takes the best of several
/// candidates for each centre, and Lloyd's rounds.
/// </summary>
internal sealed class KMeans
{
    private const int Rounds = 30, Block = 4; // Block: rows that a point is multiplied with at a time, and candidates for a centre
    private static readonly int Lanes = Vector<float>.Count;
    private readonly float[] _points; // padded with zeros to whole vectors
    private readonly float[] _squares;
    private readonly int _channels, _stride;

    /// <param name="points">Points one after the other.</param>
    /// <param name="channels">D, the coordinates of a point.</param>
    public KMeans(float[] points, int channels)
    {
        (_channels, _stride) = (channels, (channels + Lanes - 1) / Lanes * Lanes);
        Count = points.Length / channels;
        _points = _stride == channels ? points : new float[Count * _stride];
        if (_stride != channels) Copy(points, channels, _points, _stride, Count);
        _squares = new float[Count];
        for (int i = 0; i < Count; i++) _squares[i] = Dot(Point(i), Point(i));
    }

    public int Count { get; }

    /// <summary>Finds centres.</summary>
    /// <param name="count">K, 1 to <see cref="Count"/>.</param>
    /// <param name="start">Centres to start from, K × D; empty for k-means++.</param>
    /// <param name="random">Draws the starting points.</param>
    /// <param name="result">The centres, K × D.</param>
    public void Cluster(int count, ReadOnlySpan<float> start, Random random, Span<float> result)
    {
        float[]? fresh = start.IsEmpty ? Start(count, random) : null;
        var centres = new float[(count + Block - 1) / Block * Block * _stride]; // whole blocks
        if (fresh is null) Copy(start, _channels, centres, _stride, count);
        else fresh.CopyTo(centres, 0);
        var nearest = new int[Count];
        Array.Fill(nearest, -1);
        for (int round = 0; round < Rounds && Assign(centres, count, nearest); round++)
        {
            Array.Clear(centres);
            var sizes = new int[count];
            for (int i = 0; i < Count; i++)
            {
                sizes[nearest[i]]++;
                Add(Point(i), Row(centres, nearest[i]));
            }
            for (int k = 0; k < count; k++)
            {
                // A centre without members, left behind as the features moved on, starts again from an entry.
                if (sizes[k] == 0) Row(fresh ??= Start(count, random), k).CopyTo(Row(centres, k));
                else foreach (ref float value in Row(centres, k)) value /= sizes[k];
            }
        }
        Copy(centres, _stride, result, _channels, count);
    }

    /// <summary>
    /// Each next centre is the best of a few entries drawn with probability proportional to their squared distance from the centres so far:
    /// the one that leaves the smallest sum of distances.
    /// </summary>
    private float[] Start(int count, Random random)
    {
        var centres = new float[count * _stride];
        var weights = new float[Count]; // squared distances from the centres so far; even for the first
        Array.Fill(weights, 1);
        var left = new float[Block][];
        for (int c = 0; c < Block; c++) left[c] = new float[Count];
        var candidates = new float[Block * _stride];
        Span<int> drawn = stackalloc int[Block];
        Span<double> sums = stackalloc double[Block];
        for (int k = 0; k < count; k++)
        {
            double total = Sum(weights);
            for (int c = 0; c < Block; c++)
            {
                drawn[c] = Draw(weights, total, random);
                Point(drawn[c]).CopyTo(Row(candidates, c));
            }
            for (int i = 0; i < Count; i++)
            {
                Vector128<float> products = Dots(Point(i), candidates);
                float most = k == 0 ? float.PositiveInfinity : weights[i];
                for (int c = 0; c < Block; c++) left[c][i] = Math.Clamp(_squares[i] + _squares[drawn[c]] - 2 * products[c], 0, most);
            }
            int best = 0;
            for (int c = 0; c < Block; c++)
            {
                left[c][drawn[c]] = 0; // exactly: it is not drawn again
                sums[c] = Sum(left[c]);
                if (sums[c] < sums[best]) best = c;
            }
            (weights, left[best]) = (left[best], weights);
            Row(candidates, best).CopyTo(Row(centres, k));
        }
        return centres;
    }

    private static int Draw(float[] weights, double total, Random random)
    {
        double place = random.NextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            last = i;
            if ((place -= weights[i]) < 0) break;
        }
        return last;
    }

    private static double Sum(float[] values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        return sum;
    }

    /// <summary>
    /// The nearest centre of each point; false where nothing changed. Of |x - c|² = |x|² - 2 (x·c - |c|²/2) the last bracket decides.
    /// </summary>
    private bool Assign(float[] centres, int count, int[] nearest)
    {
        int rows = centres.Length / _stride, blockLength = Block * _stride;
        var halves = new float[rows];
        for (int k = 0; k < rows; k++) halves[k] = k < count ? Dot(Row(centres, k), Row(centres, k)) / 2 : float.PositiveInfinity;
        bool changed = false;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<float> point = Point(i);
            int best = 0;
            float most = float.NegativeInfinity;
            for (int first = 0; first < rows; first += Block)
            {
                Vector128<float> closeness = Dots(point, centres.AsSpan(first * _stride, blockLength)) - Vector128.Create<float>(halves.AsSpan(first));
                for (int k = 0; k < Block; k++)
                    if (closeness[k] > most) (most, best) = (closeness[k], first + k);
            }
            changed |= nearest[i] != best;
            nearest[i] = best;
        }
        return changed;
    }

    private Span<float> Point(int i) => Row(_points, i);

    private Span<float> Row(float[] rows, int i) => rows.AsSpan(i * _stride, _stride);

    private static void Copy(ReadOnlySpan<float> from, int fromStride, Span<float> to, int toStride, int rows)
    {
        int length = Math.Min(fromStride, toStride);
        for (int i = 0; i < rows; i++) from.Slice(i * fromStride, length).CopyTo(to[(i * toStride)..]);
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sum = default;
        for (int i = 0; i < a.Length; i += Lanes) sum = Vector.MultiplyAddEstimate(new Vector<float>(a[i..]), new Vector<float>(b[i..]), sum);
        return Vector.Sum(sum);
    }

    /// <summary>Products of a point with the four rows of a block: the point is read once, and no sum waits for another.</summary>
    private static Vector128<float> Dots(ReadOnlySpan<float> point, ReadOnlySpan<float> block)
    {
        ReadOnlySpan<Vector<float>> x = MemoryMarshal.Cast<float, Vector<float>>(point), rows = MemoryMarshal.Cast<float, Vector<float>>(block);
        int length = x.Length;
        ReadOnlySpan<Vector<float>> a = rows[..length], b = rows.Slice(length, length), c = rows.Slice(2 * length, length), d = rows.Slice(3 * length, length);
        Vector<float> first = default, second = default, third = default, fourth = default;
        for (int i = 0; i < x.Length; i++)
        {
            first = Vector.MultiplyAddEstimate(x[i], a[i], first);
            second = Vector.MultiplyAddEstimate(x[i], b[i], second);
            third = Vector.MultiplyAddEstimate(x[i], c[i], third);
            fourth = Vector.MultiplyAddEstimate(x[i], d[i], fourth);
        }
        return Vector128.Create(Vector.Sum(first), Vector.Sum(second), Vector.Sum(third), Vector.Sum(fourth));
    }

    private static void Add(ReadOnlySpan<float> values, Span<float> sums)
    {
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(values);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(sums)[..from.Length];
        for (int i = 0; i < from.Length; i++) to[i] += from[i];
    }
}
