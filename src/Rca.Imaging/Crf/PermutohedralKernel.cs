using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rca.Imaging.Crf;

/// <summary>
/// The geometry of one Gaussian kernel of unit variance over pixel features (x, y and optionally colour, each divided by its
/// standard deviation), after Adams, Baek and Davis, "Fast High-Dimensional Filtering Using the Permutohedral Lattice" (2010).
/// A feature of d dimensions is lifted to d + 1 coordinates that sum to zero; the lattice points around it are the corners of a simplex.
/// A lattice point is named by one number, its key: coordinates 1 to d in a mixed radix that leaves room for every neighbour,
/// so that a step on the lattice adds a constant to the key and sorted keys keep neighbours in order.
/// </summary>
internal sealed unsafe class PermutohedralKernel
{
    /// <summary>Pixels that <see cref="FindSimplices"/> treats at once.</summary>
    public const int BlockSize = 8;

    /// <summary>Corners of the largest simplex: five features.</summary>
    public const int MaxCorners = 6;

    // _lifted[j][value]: feature j of a pixel with that column, row or colour value, scaled for the lift.
    private readonly float[][] _lifted;

    public PermutohedralKernel(Picture rgb, float sxy, float? srgb)
    {
        Dimensions = srgb is null ? 2 : 5;
        _lifted = new float[Dimensions][];
        for (var j = 0; j < Dimensions; j++)
        {
            var deviation = j < 2 ? sxy : srgb!.Value;
            var count = j switch { 0 => rgb.Width, 1 => rgb.Height, _ => 256 };
            var scale = (float)(Math.Sqrt(2.0 / 3.0) * Corners / Math.Sqrt((j + 1.0) * (j + 2.0)));
            _lifted[j] = new float[count];
            for (var value = 0; value < count; value++)
                _lifted[j][value] = value / deviation * scale;
        }

        Strides = new long[Corners];
        var stride = 1L;
        for (var i = 1; i < Corners; i++)
        {
            // Corners lie within d of the feature, their neighbours d further.
            var range = Math.Ceiling((double)i * _lifted[i - 1][^1]) + 6.0 * Corners;
            for (var j = i; j < Dimensions; j++)
                range += Math.Ceiling(_lifted[j][^1]);
            if (stride * range > 1L << 60)
                throw new ArgumentException(
                    $"The kernel with sxy {sxy}{(srgb is null ? "" : $" and srgb {srgb}")} is too narrow for a picture of "
                    + $"{rgb.Width}×{rgb.Height}; use larger standard deviations.");
            Strides[i] = stride;
            stride *= (long)range;
        }
        Diagonal = Strides.Sum();
    }

    /// <summary>d: 2 for position, 5 for position and colour.</summary>
    public int Dimensions { get; }

    /// <summary>d + 1: the corners of a simplex, and the directions of the blur.</summary>
    public int Corners => Dimensions + 1;

    /// <summary>What a step by one in a coordinate adds to the key.</summary>
    public long[] Strides { get; }

    /// <summary>What a step by one in every coordinate adds to the key.</summary>
    public long Diagonal { get; }

    /// <summary>What the step to the neighbour in <paramref name="direction"/> adds to the key; the opposite neighbour subtracts it.</summary>
    public long NeighbourStep(int direction) => Corners * Strides[direction] - Diagonal;

    /// <summary>
    /// The simplices around up to eight pixels of a row, <see cref="Corners"/> × 8: the keys of the corners in order of their remainder,
    /// and the barycentric weights of the pixel.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void FindSimplices(Picture rgb, int x, int y, int count, long* keys, float* weights)
    {
        var features = stackalloc float[(MaxCorners - 1) * BlockSize];
        var lifted = stackalloc Vector256<float>[MaxCorners];
        var rounded = stackalloc Vector256<float>[MaxCorners];
        var ranks = stackalloc Vector256<int>[MaxCorners];
        var distances = stackalloc Vector256<float>[MaxCorners];
        var point = stackalloc int[MaxCorners * BlockSize];
        var rank = stackalloc int[MaxCorners * BlockSize];
        GatherFeatures(rgb, x, y, count, features);

        var above = Vector256<float>.Zero;
        for (var i = Dimensions; i > 0; i--)
        {
            var feature = Vector256.Load(features + (i - 1) * BlockSize);
            lifted[i] = above - i * feature;
            above += feature;
        }
        lifted[0] = above;

        var excess = Vector256<float>.Zero;
        for (var i = 0; i < Corners; i++)
        {
            var steps = Vector256.Round(lifted[i] * (1f / Corners));
            rounded[i] = steps * Corners;
            excess += steps;
            ranks[i] = Vector256<int>.Zero;
        }

        for (var i = 0; i < Corners; i++)
        {
            var own = lifted[i] - rounded[i];
            for (var j = i + 1; j < Corners; j++)
            {
                var less = Vector256.LessThan(own, lifted[j] - rounded[j]).AsInt32();
                ranks[i] -= less;
                ranks[j] += less + Vector256<int>.One;
            }
        }

        // Rounding may leave the plane of zero sum; the coordinates rounded furthest the wrong way go back by d + 1.
        var excessRank = Vector256.ConvertToInt32(excess);
        for (var i = 0; i < Corners; i++)
        {
            var shifted = ranks[i] + excessRank;
            var wrap = (Vector256.LessThan(shifted, Vector256<int>.Zero) & Vector256.Create(Corners))
                - (Vector256.GreaterThan(shifted, Vector256.Create(Dimensions)) & Vector256.Create(Corners));
            var nearest = rounded[i] + Vector256.ConvertToSingle(wrap);
            (shifted + wrap).Store(rank + i * BlockSize);
            Vector256.ConvertToInt32(nearest).Store(point + i * BlockSize);
            distances[i] = (lifted[i] - nearest) * (1f / Corners);
        }

        FindKeys(point, rank, keys);
        SortDescending(distances, Corners);
        (Vector256<float>.One + distances[Dimensions] - distances[0]).Store(weights);
        for (var i = 1; i < Corners; i++)
            (distances[Dimensions - i] - distances[Corners - i]).Store(weights + i * BlockSize);
    }

    // From one corner to the next, the coordinate that lies furthest behind steps back by d and all others go on by one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FindKeys(int* point, int* rank, long* keys)
    {
        var steps = stackalloc long[MaxCorners * BlockSize];
        new Span<long>(keys, BlockSize).Clear();
        for (var i = 0; i < Corners; i++)
        {
            var (stride, step) = (Strides[i], -NeighbourStep(i));
            for (var p = 0; p < BlockSize; p++)
            {
                keys[p] += stride * point[i * BlockSize + p];
                steps[rank[i * BlockSize + p] * BlockSize + p] = step;
            }
        }
        for (var i = 1; i < Corners; i++)
        {
            for (var p = 0; p < BlockSize; p += Vector256<long>.Count)
            {
                var last = Vector256.Load(keys + (i - 1) * BlockSize + p);
                (last + Vector256.Load(steps + (Corners - i) * BlockSize + p)).Store(keys + i * BlockSize + p);
            }
        }
    }

    // Odd-even transposition: in as many rounds as there are values, neighbours out of order change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SortDescending(Vector256<float>* values, int count)
    {
        for (var round = 0; round < count; round++)
        {
            for (var i = round % 2; i + 1 < count; i += 2)
            {
                (values[i], values[i + 1]) =
                    (Vector256.MaxNative(values[i], values[i + 1]), Vector256.MinNative(values[i], values[i + 1]));
            }
        }
    }

    // A short block repeats its last pixel.
    private void GatherFeatures(Picture rgb, int x, int y, int count, float* features)
    {
        for (var p = 0; p < BlockSize; p++)
        {
            var column = x + Math.Min(p, count - 1);
            features[p] = _lifted[0][column];
            features[BlockSize + p] = _lifted[1][y];
            if (Dimensions == 2)
                continue;
            var pixel = ((long)y * rgb.Width + column) * 3;
            for (var c = 0; c < 3; c++)
                features[(2 + c) * BlockSize + p] = _lifted[2 + c][rgb.Pixels[pixel + c]];
        }
    }
}
