using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rca.Imaging;

/// <summary>
/// The state of the mean field: the unary term of each pixel and the filter that carries messages between pixels.
/// One pass over the pixels does all of an iteration's pixel work (slice, softmax, splat), so that Q itself never goes through memory.
/// The loops skip tiered compilation: a single picture is over before the tiers are.
/// </summary>
internal sealed unsafe class DenseCrfField<TLanes, TVector> : IDisposable
    where TLanes : ILanes<TVector>
    where TVector : unmanaged
{
    // Low enough for a padding lane to have probability 0.
    private const float NoLabel = -1e30f;

    // A block fills one cache line of each label's plane.
    private const int BlockSize = 16;

    private readonly PermutohedralLattice _lattice;
    private readonly PermutohedralFilter<TLanes, TVector> _filter;
    private readonly PooledBuffer<float> _logits;
    private readonly int _labels;
    private readonly int _lanes;
    private readonly int _threads;

    public DenseCrfField(PermutohedralLattice lattice, ReadOnlySpan<float> probabilities, int labels, int threads)
    {
        (_lattice, _labels, _threads) = (lattice, labels, threads);
        _lanes = (labels + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        _logits = new PooledBuffer<float>((long)lattice.Pixels * _lanes);
        _filter = new PermutohedralFilter<TLanes, TVector>(lattice, _lanes, threads);
        var bandIsValid = new bool[lattice.Bands];
        fixed (float* pinned = probabilities)
        {
            var source = pinned;
            PermutohedralLattice.InParallel(lattice.Bands, threads, band => bandIsValid[band] = TakeLogarithms(source, band));
        }
        if (bandIsValid.Contains(false))
        {
            Dispose();
            throw new ArgumentException("A probability is not a number (NaN); every value must be a number.", nameof(probabilities));
        }
    }

    /// <summary>Q ← softmax(-unary); splats Q, or writes it to <paramref name="q"/> (labels × pixels) if given.</summary>
    public void Start(float[]? q) => UpdatePixels(q, slice: false);

    /// <summary>Q ← softmax(-unary + Σ potts · K Q); splats Q, or writes it to <paramref name="q"/> (labels × pixels) if given.</summary>
    public void Iterate(float[]? q)
    {
        _filter.Blur();
        UpdatePixels(q, slice: true);
    }

    public void Dispose()
    {
        _filter.Dispose();
        _logits.Dispose();
    }

    // (labels, pixels) → (pixels, lanes)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TakeLogarithms(float* probabilities, int band)
    {
        const int Width = 8;
        var block = stackalloc float[Width];
        var valid = true;
        for (var first = _lattice.FirstPixel[band]; first < _lattice.FirstPixel[band + 1]; first += Width)
        {
            var count = Math.Min(Width, _lattice.FirstPixel[band + 1] - first);
            var target = _logits.Pointer + (long)first * _lanes;
            for (var label = 0; label < _labels; label++)
            {
                var source = probabilities + (long)label * _lattice.Pixels + first;
                if (count < Width)
                    new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(block, count));
                var values = Vector256.Load(count == Width ? source : block);
                valid &= Vector256.EqualsAll(values, values);
                Vector256.Log(Vector256.Clamp(values, Vector256.Create(1e-5f), Vector256<float>.One)).Store(block);
                for (var p = 0; p < count; p++)
                    target[p * _lanes + label] = block[p];
            }
            for (var label = _labels; label < _lanes; label++)
            {
                for (var p = 0; p < count; p++)
                    target[p * _lanes + label] = NoLabel;
            }
        }
        return valid;
    }

    private void UpdatePixels(float[]? q, bool slice) => PermutohedralLattice.InParallel(_lattice.Bands, _threads, band =>
    {
        using var values = slice ? _filter.BandValues(band) : null;
        using var block = new PooledBuffer<float>(BlockSize * (long)_lanes);
        for (var first = _lattice.FirstPixel[band]; first < _lattice.FirstPixel[band + 1]; first += BlockSize)
        {
            var count = Math.Min(BlockSize, _lattice.FirstPixel[band + 1] - first);
            if (values is null)
                new ReadOnlySpan<float>(_logits.Pointer + (long)first * _lanes, count * _lanes).CopyTo(block.Span);
            else
                Slice(values.Pointer, first, count, block.Pointer);
            Softmax(block.Pointer, count);
            if (q is null)
                Splat(block.Pointer, first, count, _filter.Accumulator(band));
            else
                Write(block.Pointer, first, count, q);
        }
    });

    // Three vectors at a time (21 labels) keep a pixel's sums in registers while a corner's place and weight are found once for all three.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Slice(float* values, int first, int count, float* block)
    {
        var (corners, lanes, step) = (_lattice.SlotsPerPixel, _lanes, TLanes.Count);
        var slots = _lattice.Slots + (long)first * corners;
        var weights = _lattice.Weights + (long)first * corners;
        var logits = _logits.Pointer + (long)first * lanes;
        for (var pixel = 0; pixel < count; pixel++, slots += corners, weights += corners, logits += lanes, block += lanes)
        {
            var lane = 0;
            for (; lane <= lanes - 3 * step; lane += 3 * step)
            {
                var (a, b, c) = (TLanes.Load(logits + lane), TLanes.Load(logits + lane + step), TLanes.Load(logits + lane + 2 * step));
                for (var i = 0; i < corners; i++)
                {
                    var weight = TLanes.Broadcast(weights[i]);
                    var value = values + ((long)slots[i] * lanes + lane);
                    a = TLanes.MultiplyAdd(weight, TLanes.Load(value), a);
                    b = TLanes.MultiplyAdd(weight, TLanes.Load(value + step), b);
                    c = TLanes.MultiplyAdd(weight, TLanes.Load(value + 2 * step), c);
                }
                TLanes.Store(a, block + lane);
                TLanes.Store(b, block + lane + step);
                TLanes.Store(c, block + lane + 2 * step);
            }
            for (; lane < lanes; lane += step)
            {
                var logit = TLanes.Load(logits + lane);
                for (var i = 0; i < corners; i++)
                    logit = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), TLanes.Load(values + ((long)slots[i] * lanes + lane)), logit);
                TLanes.Store(logit, block + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Softmax(float* block, int count)
    {
        var lanes = _lanes;
        for (var end = block + count * lanes; block < end; block += lanes)
        {
            var highest = TLanes.Load(block);
            for (var lane = TLanes.Count; lane < lanes; lane += TLanes.Count)
                highest = TLanes.Max(highest, TLanes.Load(block + lane));
            highest = TLanes.Broadcast(TLanes.MaxOf(highest));

            var sum = TLanes.Broadcast(0);
            for (var lane = 0; lane < lanes; lane += TLanes.Count)
            {
                var value = TLanes.ExpOfDifference(TLanes.Load(block + lane), highest);
                TLanes.Store(value, block + lane);
                sum = TLanes.Add(sum, value);
            }

            var inverse = TLanes.Broadcast(1 / TLanes.SumOf(sum));
            for (var lane = 0; lane < lanes; lane += TLanes.Count)
                TLanes.Store(TLanes.Multiply(TLanes.Load(block + lane), inverse), block + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Splat(float* block, int first, int count, float* sums)
    {
        var (corners, lanes, step) = (_lattice.SlotsPerPixel, _lanes, TLanes.Count);
        var slots = _lattice.Slots + (long)first * corners;
        var weights = _lattice.Weights + (long)first * corners;
        for (var pixel = 0; pixel < count; pixel++, slots += corners, weights += corners, block += lanes)
        {
            var lane = 0;
            for (; lane <= lanes - 3 * step; lane += 3 * step)
            {
                var (a, b, c) = (TLanes.Load(block + lane), TLanes.Load(block + lane + step), TLanes.Load(block + lane + 2 * step));
                for (var i = 0; i < corners; i++)
                {
                    var weight = TLanes.Broadcast(weights[i]);
                    var sum = sums + ((long)slots[i] * lanes + lane);
                    TLanes.Store(TLanes.MultiplyAdd(weight, a, TLanes.Load(sum)), sum);
                    TLanes.Store(TLanes.MultiplyAdd(weight, b, TLanes.Load(sum + step)), sum + step);
                    TLanes.Store(TLanes.MultiplyAdd(weight, c, TLanes.Load(sum + 2 * step)), sum + 2 * step);
                }
            }
            for (; lane < lanes; lane += step)
            {
                var value = TLanes.Load(block + lane);
                for (var i = 0; i < corners; i++)
                {
                    var sum = sums + ((long)slots[i] * lanes + lane);
                    TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), value, TLanes.Load(sum)), sum);
                }
            }
        }
    }

    // (pixels, lanes) → (labels, pixels)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(float* block, int first, int count, float[] q)
    {
        for (var label = 0; label < _labels; label++)
        {
            var target = q.AsSpan(label * _lattice.Pixels + first, count);
            for (var pixel = 0; pixel < count; pixel++)
                target[pixel] = block[pixel * _lanes + label];
        }
    }
}
