using System.Runtime.CompilerServices;

namespace Rca.Imaging.Crf;

/// <summary>
/// Filters rows of labels on a <see cref="PermutohedralLattice"/>: every tile splats its pixels into its own
/// <see cref="Accumulator"/>, <see cref="Blur"/> sums the tiles and blurs, and pixels slice from <see cref="TileValues"/>.
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

    // Tiles × chunks: where the chunk's vertices begin among the tile's.
    private readonly int[,] _firstInTile;

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
        _accumulators = new PooledBuffer<float>[lattice.Tiles.Length];
        _chunks = [.. Chunks(lattice)];
        _firstInTile = new int[lattice.Tiles.Length, _chunks.Length];
        PermutohedralLattice.InParallel(lattice.Tiles.Length, threads, tile =>
        {
            var vertices = lattice.TileVertices(tile);
            _accumulators[tile] = new PooledBuffer<float>((long)vertices.Length * lanes);
            _accumulators[tile].Span.Clear();
            var first = 0;
            for (var chunk = 0; chunk < _chunks.Length; chunk++)
            {
                while (first < vertices.Length && vertices[first].Vertex < _chunks[chunk].From)
                    first++;
                _firstInTile[tile, chunk] = first;
            }
        });
    }

    /// <summary>The tile's vertices × lanes, to which its pixels add.</summary>
    public float* Accumulator(int tile) => _accumulators[tile].Pointer;

    /// <summary>Sums the accumulators, which are 0 afterwards, and blurs along every direction.</summary>
    public void Blur()
    {
        PermutohedralLattice.InParallel(_chunks.Length, _threads, Gather);
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

    /// <summary>
    /// The blurred values at the tile's vertices, in its own numbering. The copy is small (tiles share few vertices), and slicing from it
    /// stays in the nearest cache with the slot as the only index.
    /// </summary>
    public PooledBuffer<float> TileValues(int tile)
    {
        var vertices = _lattice.TileVertices(tile);
        var copy = new PooledBuffer<float>((long)vertices.Length * _lanes);
        foreach (var (vertex, slot) in vertices)
        {
            var source = _values.Pointer + (long)vertex * _lanes;
            var target = copy.Pointer + (long)slot * _lanes;
            for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                TLanes.Store(TLanes.Load(source + lane), target + lane);
        }
        return copy;
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

    // The two buffers take turns so that the last direction writes into _values.
    private float* Source(int kernel, int direction) =>
        (_lattice.Kernels[kernel].Corners - direction) % 2 == 0 ? _values.Pointer : _other.Pointer;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(int chunk)
    {
        var (kernel, from, to) = _chunks[chunk];
        var target = Source(kernel, 0);
        new Span<float>(target + (long)from * _lanes, (to - from) * _lanes).Clear();
        for (var tile = 0; tile < _lattice.Tiles.Length; tile++)
        {
            var vertices = _lattice.TileVertices(tile);
            for (var i = _firstInTile[tile, chunk]; i < vertices.Length && vertices[i].Vertex < to; i++)
            {
                var source = _accumulators[tile].Pointer + (long)vertices[i].Slot * _lanes;
                var sum = target + (long)vertices[i].Vertex * _lanes;
                for (var lane = 0; lane < _lanes; lane += TLanes.Count)
                {
                    TLanes.Store(TLanes.Add(TLanes.Load(sum + lane), TLanes.Load(source + lane)), sum + lane);
                    TLanes.Store(default, source + lane);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
