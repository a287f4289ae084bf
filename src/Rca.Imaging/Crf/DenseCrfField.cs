using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Rca.Imaging.Crf;

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

    // Few enough pixels for what slicing fetched ahead to be still there when they are splatted.
    private const int BlockSize = 16;

    private readonly PermutohedralLattice _lattice;
    private readonly PermutohedralFilter<TLanes, TVector> _filter;
    private readonly PooledBuffer<float> _logits;
    private readonly int _labels;
    private readonly int _lanes;
    private readonly int _threads;

    public DenseCrfField(PermutohedralLattice lattice, int labels, int threads)
    {
        (_lattice, _labels, _threads) = (lattice, labels, threads);
        _lanes = (labels + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
        _logits = new PooledBuffer<float>((long)lattice.Pixels * _lanes);
        _filter = new PermutohedralFilter<TLanes, TVector>(lattice, _lanes, threads);
    }

    /// <summary>
    /// Takes the unary term from the probabilities (labels × pixels). Q ← softmax(-unary); splats Q, or writes it to <paramref name="q"/>
    /// (labels × pixels) if given. A tile's logarithms are used while they are in a near cache.
    /// </summary>
    /// <exception cref="ArgumentException">A probability is not a number.</exception>
    public void Start(ReadOnlySpan<float> probabilities, float[]? q)
    {
        var tileIsValid = new bool[_lattice.Tiles.Length];
        fixed (float* pinned = probabilities)
        {
            var source = pinned;
            PermutohedralLattice.InParallel(_lattice.Tiles.Length, _threads, index =>
            {
                tileIsValid[index] = TakeLogarithms(source, _lattice.Tiles[index]);
                UpdateTile(index, q, slice: false);
            });
        }
        if (tileIsValid.Contains(false))
            throw new ArgumentException("A probability is not a number (NaN); every value must be a number.", nameof(probabilities));
    }

    /// <summary>Q ← softmax(-unary + Σ potts · K Q); splats Q, or writes it to <paramref name="q"/> (labels × pixels) if given.</summary>
    public void Iterate(float[]? q)
    {
        _filter.Blur();
        PermutohedralLattice.InParallel(_lattice.Tiles.Length, _threads, index => UpdateTile(index, q, slice: true));
    }

    public void Dispose()
    {
        _filter.Dispose();
        _logits.Dispose();
    }

    // (labels, height, width) → (pixels, lanes). A row of a tile is a short run of memory for each label: the processor does not foresee the
    // next one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TakeLogarithms(float* probabilities, PermutohedralTile tile)
    {
        const int Width = 8;
        var block = stackalloc float[Width];
        var valid = true;
        var target = _logits.Pointer + (long)tile.FirstPixel * _lanes;
        for (var y = 0; y < tile.Height; y++)
        {
            for (var x = 0; x < tile.Width; x += Width)
            {
                var count = Math.Min(Width, tile.Width - x);
                var source = probabilities + _lattice.Place(tile, x, y);
                for (var label = 0; label < _labels; label++, source += _lattice.Pixels)
                {
                    if (Sse.IsSupported)
                        Sse.Prefetch0(source + _lattice.Width); // behind the picture at its end, where fetching ahead does nothing
                    if (count < Width)
                        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(block, count));
                    var values = Vector256.Load(count == Width ? source : block);
                    valid &= Vector256.EqualsAll(values, values);
                    Vector256.Log(Vector256.Clamp(values, Vector256.Create(1e-5f), Vector256<float>.One)).Store(block);
                    for (var p = 0; p < count; p++)
                        target[p * _lanes + label] = block[p];
                }
                for (var p = 0; p < count; p++, target += _lanes)
                    new Span<float>(target + _labels, _lanes - _labels).Fill(NoLabel);
            }
        }
        return valid;
    }

    private void UpdateTile(int index, float[]? q, bool slice)
    {
        var tile = _lattice.Tiles[index];
        using var values = slice ? _filter.TileValues(index) : null;
        // Q is written in runs as long as the tile allows; the softmax may touch a row more.
        var size = q is null ? BlockSize : tile.Width;
        using var block = new PooledBuffer<float>((size + 1L) * _lanes);
        var pixel = tile.FirstPixel;
        for (var y = 0; y < tile.Height; y++)
        {
            for (var x = 0; x < tile.Width; x += size)
            {
                var count = Math.Min(size, tile.Width - x);
                if (values is null)
                    new ReadOnlySpan<float>(_logits.Pointer + (long)pixel * _lanes, count * _lanes).CopyTo(block.Span);
                else
                    Slice(values.Pointer, pixel, count, block.Pointer, _filter.Accumulator(index));
                TLanes.Softmax(block.Pointer, count, _lanes);
                if (q is null)
                    Splat(block.Pointer, pixel, count, _filter.Accumulator(index));
                else
                    Write(block.Pointer, _lattice.Place(tile, x, y), count, q);
                pixel += count;
            }
        }
    }

    // A count of lanes that the compiler knows makes places cheap and drops the loops that do not apply: 3 and 21 labels.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Slice(float* values, int first, int count, float* block, float* sums)
    {
        if (_lanes == TLanes.Count)
            Slice(values, first, count, block, sums, (nuint)TLanes.Count);
        else if (_lanes == 3 * TLanes.Count)
            Slice(values, first, count, block, sums, 3 * (nuint)TLanes.Count);
        else
            Slice(values, first, count, block, sums, (nuint)_lanes);
    }

    // Three vectors at a time (21 labels) keep a pixel's sums in registers while a corner's place and weight are found once for all three.
    // They fill two cache lines, which splatting will want at the same slots next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Slice(float* values, int first, int count, float* block, float* sums, nuint lanes)
    {
        var (corners, step) = ((nuint)_lattice.SlotsPerPixel, (nuint)TLanes.Count);
        var slots = _lattice.Slots + (nuint)first * corners;
        var weights = _lattice.Weights + (nuint)first * corners;
        var logits = _logits.Pointer + (nuint)first * lanes;
        for (var pixel = 0; pixel < count; pixel++, slots += corners, weights += corners, logits += lanes, block += lanes)
        {
            nuint lane = 0;
            for (; lane + 3 * step <= lanes; lane += 3 * step)
            {
                var (a, b, c) = (TLanes.Load(logits + lane), TLanes.Load(logits + lane + step), TLanes.Load(logits + lane + 2 * step));
                for (var i = 0; i < (int)corners; i++)
                {
                    var weight = TLanes.Broadcast(weights[i]);
                    var place = slots[i] * lanes + lane;
                    var value = values + place;
                    if (Sse.IsSupported)
                    {
                        Sse.Prefetch0(sums + place);
                        Sse.Prefetch0(sums + place + 2 * step);
                    }
                    a = TLanes.MultiplyAdd(weight, TLanes.Load(value), a);
                    b = TLanes.MultiplyAdd(weight, TLanes.Load(value + step), b);
                    c = TLanes.MultiplyAdd(weight, TLanes.Load(value + 2 * step), c);
                }
                TLanes.Store(a, block + lane);
                TLanes.Store(b, block + lane + step);
                TLanes.Store(c, block + lane + 2 * step);
            }
            // A simplex has three corners or six.
            for (; lane < lanes; lane += step)
            {
                var (a, b, c) = (TLanes.Load(logits + lane), TLanes.Broadcast(0), TLanes.Broadcast(0));
                var value = values + lane;
                for (nuint i = 0; i < corners; i += 3)
                {
                    a = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), TLanes.Load(value + slots[i] * lanes), a);
                    b = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i + 1]), TLanes.Load(value + slots[i + 1] * lanes), b);
                    c = TLanes.MultiplyAdd(TLanes.Broadcast(weights[i + 2]), TLanes.Load(value + slots[i + 2] * lanes), c);
                }
                TLanes.Store(TLanes.Add(a, TLanes.Add(b, c)), block + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Splat(float* block, int first, int count, float* sums)
    {
        if (_lanes == TLanes.Count)
            Splat(block, first, count, sums, (nuint)TLanes.Count);
        else if (_lanes == 3 * TLanes.Count)
            Splat(block, first, count, sums, 3 * (nuint)TLanes.Count);
        else
            Splat(block, first, count, sums, (nuint)_lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Splat(float* block, int first, int count, float* sums, nuint lanes)
    {
        var (corners, step) = ((nuint)_lattice.SlotsPerPixel, (nuint)TLanes.Count);
        var slots = _lattice.Slots + (nuint)first * corners;
        var weights = _lattice.Weights + (nuint)first * corners;
        for (var pixel = 0; pixel < count; pixel++, slots += corners, weights += corners, block += lanes)
        {
            nuint lane = 0;
            for (; lane + 3 * step <= lanes; lane += 3 * step)
            {
                var (a, b, c) = (TLanes.Load(block + lane), TLanes.Load(block + lane + step), TLanes.Load(block + lane + 2 * step));
                for (var i = 0; i < (int)corners; i++)
                {
                    var weight = TLanes.Broadcast(weights[i]);
                    var sum = sums + slots[i] * lanes + lane;
                    TLanes.Store(TLanes.MultiplyAdd(weight, a, TLanes.Load(sum)), sum);
                    TLanes.Store(TLanes.MultiplyAdd(weight, b, TLanes.Load(sum + step)), sum + step);
                    TLanes.Store(TLanes.MultiplyAdd(weight, c, TLanes.Load(sum + 2 * step)), sum + 2 * step);
                }
            }
            for (; lane < lanes; lane += step)
            {
                var value = TLanes.Load(block + lane);
                for (nuint i = 0; i < corners; i++)
                {
                    var sum = sums + slots[i] * lanes + lane;
                    TLanes.Store(TLanes.MultiplyAdd(TLanes.Broadcast(weights[i]), value, TLanes.Load(sum)), sum);
                }
            }
        }
    }

    // (pixels, lanes) → (labels, height, width)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(float* block, int place, int count, float[] q)
    {
        for (var label = 0; label < _labels; label++)
        {
            var target = q.AsSpan(label * _lattice.Pixels + place, count);
            for (var pixel = 0; pixel < count; pixel++)
                target[pixel] = block[pixel * _lanes + label];
        }
    }
}
