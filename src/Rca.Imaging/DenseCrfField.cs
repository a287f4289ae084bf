using System.Runtime.Intrinsics;

namespace Rca.Imaging;

/// <summary>
/// The state of the mean field: the unary term of each pixel and the filter that carries messages between pixels.
/// One pass over the pixels does all of an iteration's pixel work (slice, softmax, splat), so that Q itself never goes through memory.
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

    /// <summary>Q ← softmax(-unary), from where every pixel starts; splats Q, or writes it to <paramref name="q"/> (labels × pixels) if given.</summary>
    public void Start(float[]? q) => UpdatePixels(q, slice: false);

    /// <summary>One iteration: Q ← softmax(-unary + Σ potts · K Q); splats Q, or writes it to <paramref name="q"/> (labels × pixels) if given.</summary>
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
        using var block = new PooledBuffer<float>(BlockSize * (long)_lanes);
        for (var first = _lattice.FirstPixel[band]; first < _lattice.FirstPixel[band + 1]; first += BlockSize)
        {
            var count = Math.Min(BlockSize, _lattice.FirstPixel[band + 1] - first);
            UpdateBlock(band, first, count, slice, splat: q is null, block.Pointer);
            if (q is null)
                continue;
            // (pixels, lanes) → (labels, pixels)
            for (var label = 0; label < _labels; label++)
            {
                var target = q.AsSpan(label * _lattice.Pixels + first, count);
                for (var p = 0; p < count; p++)
                    target[p] = block.Pointer[p * _lanes + label];
            }
        }
    });

    private void UpdateBlock(int band, int first, int count, bool slice, bool splat, float* block)
    {
        var corners = _lattice.SlotsPerPixel;
        var sources = stackalloc float*[corners];
        var targets = stackalloc float*[corners];
        fixed (int* vertices = _lattice.BandVertices(band))
        {
            for (var pixel = 0; pixel < count; pixel++)
            {
                var slots = _lattice.Slots + (long)(first + pixel) * corners;
                var weights = _lattice.Weights + (long)(first + pixel) * corners;
                for (var i = 0; i < corners; i++)
                {
                    sources[i] = _filter.Values + (long)vertices[slots[i]] * _lanes;
                    targets[i] = _filter.Accumulator(band) + (long)slots[i] * _lanes;
                }

                var logits = _logits.Pointer + (long)(first + pixel) * _lanes;
                var q = block + pixel * _lanes;
                var highest = TLanes.Broadcast(NoLabel);
                for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                {
                    var logit = TLanes.Load(logits + lane);
                    for (var i = 0; slice && i < corners; i++)
                        logit = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), TLanes.Load(sources[i] + lane), logit);
                    TLanes.Store(logit, q + lane);
                    highest = TLanes.Max(highest, logit);
                }

                highest = TLanes.Broadcast(TLanes.MaxOf(highest));
                var sum = TLanes.Broadcast(0);
                for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                {
                    var value = TLanes.ExpOfDifference(TLanes.Load(q + lane), highest);
                    TLanes.Store(value, q + lane);
                    sum = TLanes.Add(sum, value);
                }

                var inverse = TLanes.Broadcast(1 / TLanes.SumOf(sum));
                for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                {
                    var value = TLanes.Multiply(TLanes.Load(q + lane), inverse);
                    TLanes.Store(value, q + lane);
                    for (var i = 0; splat && i < corners; i++)
                    {
                        var target = targets[i] + lane;
                        TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), value, TLanes.Load(target)), target);
                    }
                }
            }
        }
    }
}
