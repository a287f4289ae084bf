namespace Rca.Imaging;

/// <summary>
/// Filters rows of labels on a <see cref="PermutohedralLattice"/>: every band splats its pixels into its own
/// <see cref="Accumulator"/>, <see cref="Blur"/> sums the bands and blurs, and <see cref="Values"/> holds what pixels slice from.
/// </summary>
/// <typeparam name="TLanes">The operations of the vector.</typeparam>
/// <typeparam name="TVector">The vector that carries labels.</typeparam>
internal sealed unsafe class PermutohedralFilter<TLanes, TVector> : IDisposable
    where TLanes : ILanes<TVector>
    where TVector : unmanaged
{
    private const int VerticesPerChunk = 2048;

    private readonly PermutohedralLattice _lattice;
    private readonly int _lanes;
    private readonly int _threads;
    private readonly PooledBuffer<float> _values;
    private readonly PooledBuffer<float> _other;
    private readonly PooledBuffer<float>[] _accumulators;
    private readonly (int Kernel, int From, int To)[] _chunks;

    /// <param name="lattice">The lattice.</param>
    /// <param name="lanes">Values per vertex, a multiple of the vector's length.</param>
    /// <param name="threads">Threads to use.</param>
    public PermutohedralFilter(PermutohedralLattice lattice, int lanes, int threads)
    {
        (_lattice, _lanes, _threads) = (lattice, lanes, threads);
        // One row more: the missing neighbour, always 0.
        _values = new PooledBuffer<float>((lattice.Vertices + 1L) * lanes);
        _other = new PooledBuffer<float>((lattice.Vertices + 1L) * lanes);
        _values.Span[^lanes..].Clear();
        _other.Span[^lanes..].Clear();
        _accumulators = new PooledBuffer<float>[lattice.Bands];
        PermutohedralLattice.InParallel(lattice.Bands, threads, band =>
        {
            _accumulators[band] = new PooledBuffer<float>((long)lattice.BandVertices(band).Length * lanes);
            _accumulators[band].Span.Clear();
        });
        _chunks = [.. Chunks(lattice)];
    }

    /// <summary>Vertices × lanes, filtered.</summary>
    public float* Values => _values.Pointer;

    /// <summary>The band's vertices × lanes, to which its pixels add.</summary>
    public float* Accumulator(int band) => _accumulators[band].Pointer;

    /// <summary>Moves the accumulators, which are 0 afterwards, into <see cref="Values"/> and blurs along every direction.</summary>
    public void Blur()
    {
        PermutohedralLattice.InParallel(_chunks.Length, _threads, i => Gather(_chunks[i].Kernel, _chunks[i].From, _chunks[i].To));
        var directions = _lattice.Kernels.Select(kernel => kernel.Corners).DefaultIfEmpty().Max();
        for (var direction = 0; direction < directions; direction++)
        {
            var now = direction;
            PermutohedralLattice.InParallel(_chunks.Length, _threads, i =>
            {
                if (now < _lattice.Kernels[_chunks[i].Kernel].Corners)
                    BlurAlong(now, _chunks[i].Kernel, _chunks[i].From, _chunks[i].To);
            });
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _other.Dispose();
        foreach (var buffer in _accumulators)
            buffer.Dispose();
    }

    private static IEnumerable<(int Kernel, int From, int To)> Chunks(PermutohedralLattice lattice)
    {
        for (var kernel = 0; kernel < lattice.Kernels.Count; kernel++)
        {
            for (var from = lattice.FirstVertex[kernel]; from < lattice.FirstVertex[kernel + 1]; from += VerticesPerChunk)
                yield return (kernel, from, Math.Min(from + VerticesPerChunk, lattice.FirstVertex[kernel + 1]));
        }
    }

    // The two buffers take turns so that the last direction writes into Values.
    private float* Source(int kernel, int direction) =>
        (_lattice.Kernels[kernel].Corners - direction) % 2 == 0 ? _values.Pointer : _other.Pointer;

    private void Gather(int kernel, int from, int to)
    {
        var target = Source(kernel, 0);
        new Span<float>(target + (long)from * _lanes, (to - from) * _lanes).Clear();
        for (var band = 0; band < _lattice.Bands; band++)
        {
            var vertices = _lattice.BandVertices(band);
            var first = vertices.BinarySearch(from);
            for (var i = first < 0 ? ~first : first; i < vertices.Length && vertices[i] < to; i++)
            {
                var source = _accumulators[band].Pointer + (long)i * _lanes;
                var sum = target + (long)vertices[i] * _lanes;
                for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                {
                    TLanes.Store(TLanes.Add(TLanes.Load(sum + lane), TLanes.Load(source + lane)), sum + lane);
                    TLanes.Store(default, source + lane);
                }
            }
        }
    }

    private void BlurAlong(int direction, int kernel, int from, int to)
    {
        var source = Source(kernel, direction);
        var target = Source(kernel, direction + 1);
        var neighbours = _lattice.Neighbours(kernel, direction) - 2L * _lattice.FirstVertex[kernel];
        var half = TLanes.Broadcast(0.5f);
        for (long vertex = from; vertex < to; vertex++)
        {
            var here = source + vertex * _lanes;
            var before = source + (long)neighbours[2 * vertex] * _lanes;
            var after = source + (long)neighbours[2 * vertex + 1] * _lanes;
            var result = target + vertex * _lanes;
            for (var lane = 0; lane < _lanes; lane += TLanes.Count)
            {
                var sides = TLanes.Add(TLanes.Load(before + lane), TLanes.Load(after + lane));
                TLanes.Store(TLanes.MultiplyAdd(half, sides, TLanes.Load(here + lane)), result + lane);
            }
        }
    }
}
