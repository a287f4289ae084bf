using System.Runtime.CompilerServices;

namespace Rca.Imaging.Crf;

/// <summary>
/// The permutohedral lattices of a picture's kernels, side by side in one numbering of vertices. A pixel is a weighted sum of the
/// corners of its simplex in each lattice ("slots"). The picture is cut into tiles, which depend on its size only:
/// a tile numbers its own vertices, so that tiles are built and later summed independently and in a fixed order,
/// and the result does not depend on the number of threads.
/// </summary>
internal sealed unsafe class PermutohedralLattice : IDisposable
{
    private readonly PooledBuffer<ushort> _slots;
    private readonly PooledBuffer<float> _weights;
    private readonly PooledBuffer<(int Vertex, int Slot)>[] _tileVertices;
    private readonly PooledBuffer<int>[] _neighbours;

    public PermutohedralLattice(Picture rgb, IReadOnlyList<PermutohedralKernel> kernels, int threads)
    {
        (Kernels, Width) = (kernels, rgb.Width);
        SlotsPerPixel = kernels.Sum(kernel => kernel.Corners);
        if (PermutohedralTile.MaxPixels * SlotsPerPixel > ushort.MaxValue + 1)
            throw new ArgumentException($"A tile may have {PermutohedralTile.MaxPixels * SlotsPerPixel} vertices, more than 16 bits can number.", nameof(kernels));
        var pixels = (long)rgb.Width * rgb.Height;
        Tiles = PermutohedralTile.Cut(rgb.Width, rgb.Height);
        _slots = new PooledBuffer<ushort>(pixels * SlotsPerPixel);
        _weights = new PooledBuffer<float>(pixels * SlotsPerPixel);
        _tileVertices = new PooledBuffer<(int, int)>[Tiles.Length];
        _neighbours = new PooledBuffer<int>[kernels.Count];
        FirstVertex = new int[kernels.Count + 1];

        var keys = new PooledBuffer<long>[Tiles.Length, kernels.Count];
        var numbers = new PooledBuffer<int>[Tiles.Length, kernels.Count];
        InParallel(Tiles.Length, threads, tile => BuildTile(rgb, tile, keys, numbers));
        var all = new PooledBuffer<long>[kernels.Count];
        for (var k = 0; k < kernels.Count; k++)
            all[k] = Union([.. Enumerable.Range(0, Tiles.Length).Select(tile => keys[tile, k])], threads);
        for (var k = 0; k < kernels.Count; k++)
            FirstVertex[k + 1] = checked(FirstVertex[k] + all[k].Length);
        InParallel(Tiles.Length, threads, tile => NumberTile(tile, keys, numbers, all));
        for (var k = 0; k < kernels.Count; k++)
            _neighbours[k] = new PooledBuffer<int>(2L * kernels[k].Corners * all[k].Length);
        var directions = Enumerable.Range(0, kernels.Count)
            .SelectMany(k => Enumerable.Range(0, kernels[k].Corners).Select(direction => (Kernel: k, Direction: direction))).ToArray();
        InParallel(directions.Length, threads, i =>
            LinkNeighbours(directions[i].Kernel, directions[i].Direction, all[directions[i].Kernel].Span));
        foreach (var buffer in all)
            buffer.Dispose();
    }

    public IReadOnlyList<PermutohedralKernel> Kernels { get; }

    /// <summary>Width of the picture.</summary>
    public int Width { get; }

    /// <summary>The corners of a pixel's simplices in all lattices.</summary>
    public int SlotsPerPixel { get; }

    /// <summary>Vertices of kernel k are FirstVertex[k] to FirstVertex[k + 1] - 1; the last entry is the count of all.</summary>
    public int[] FirstVertex { get; }

    public int Vertices => FirstVertex[^1];

    public PermutohedralTile[] Tiles { get; }

    public int Pixels => Tiles[^1].FirstPixel + Tiles[^1].Pixels;

    /// <summary>Pixels × <see cref="SlotsPerPixel"/>: the tile's numbers of the vertices.</summary>
    public ushort* Slots => _slots.Pointer;

    /// <summary>Pixels × <see cref="SlotsPerPixel"/>: barycentric weights, one per slot.</summary>
    public float* Weights => _weights.Pointer;

    /// <summary>The vertices of a tile, ascending, with the tile's own number of each.</summary>
    public Span<(int Vertex, int Slot)> TileVertices(int tile) => _tileVertices[tile].Span;

    /// <summary>For each vertex of the kernel its two neighbours in a direction; a missing one is <see cref="Vertices"/>.</summary>
    public int* Neighbours(int kernel, int direction) =>
        _neighbours[kernel].Pointer + 2L * direction * (FirstVertex[kernel + 1] - FirstVertex[kernel]);

    /// <summary>The number in row-major order of the whole picture of the tile's pixel at column x, row y of the tile.</summary>
    public int Place(PermutohedralTile tile, int x, int y) => (tile.Y + y) * Width + tile.X + x;

    /// <summary>Runs the body for 0 to count - 1; the order is free.</summary>
    public static void InParallel(int count, int threads, Action<int> body)
    {
        if (threads > 1 && count > 1)
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
            return;
        }
        for (var i = 0; i < count; i++)
            body(i);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _weights.Dispose();
        foreach (var buffer in _tileVertices)
            buffer.Dispose();
        foreach (var buffer in _neighbours)
            buffer.Dispose();
    }

    private void BuildTile(Picture rgb, int tile, PooledBuffer<long>[,] keys, PooledBuffer<int>[,] numbers)
    {
        var (firstSlot, firstVertex) = (0, 0);
        for (var k = 0; k < Kernels.Count; k++)
        {
            using var vertices = new PermutohedralVertices(firstVertex);
            FillSlots(rgb, Kernels[k], Tiles[tile], firstSlot, vertices);
            (keys[tile, k], numbers[tile, k]) = vertices.Sort();
            firstSlot += Kernels[k].Corners;
            firstVertex += vertices.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillSlots(Picture rgb, PermutohedralKernel kernel, PermutohedralTile tile, int firstSlot, PermutohedralVertices vertices)
    {
        const int Block = PermutohedralKernel.BlockSize;
        var keys = stackalloc long[PermutohedralKernel.MaxCorners * Block];
        var simplexWeights = stackalloc float[PermutohedralKernel.MaxCorners * Block];
        var slots = Slots + (long)tile.FirstPixel * SlotsPerPixel + firstSlot;
        var weights = Weights + (long)tile.FirstPixel * SlotsPerPixel + firstSlot;
        for (var y = tile.Y; y < tile.Y + tile.Height; y++)
        {
            for (var x = tile.X; x < tile.X + tile.Width; x += Block)
            {
                var count = Math.Min(Block, tile.X + tile.Width - x);
                kernel.FindSimplices(rgb, x, y, count, keys, simplexWeights);
                for (var p = 0; p < count; p++, slots += SlotsPerPixel, weights += SlotsPerPixel)
                {
                    for (var i = 0; i < kernel.Corners; i++)
                    {
                        weights[i] = simplexWeights[i * Block + p];
                        slots[i] = (ushort)vertices.FindOrAdd(keys[i * Block + p]);
                    }
                }
            }
        }
    }

    // Sorted distinct keys of sorted lists: of two each, then of two of these, and so on.
    private static PooledBuffer<long> Union(PooledBuffer<long>[] lists, int threads)
    {
        var unions = InPairs(lists);
        while (unions.Length > 1)
        {
            var smaller = unions;
            unions = InPairs(smaller);
            foreach (var union in smaller)
                union.Dispose();
        }
        return unions[0];

        PooledBuffer<long>[] InPairs(PooledBuffer<long>[] all)
        {
            var joined = new PooledBuffer<long>[(all.Length + 1) / 2];
            InParallel(joined.Length, threads, i => joined[i] = Union(all[2 * i].Span, 2 * i + 1 < all.Length ? all[2 * i + 1].Span : default));
            return joined;
        }
    }

    private static PooledBuffer<long> Union(ReadOnlySpan<long> left, ReadOnlySpan<long> right)
    {
        var union = new PooledBuffer<long>((long)left.Length + right.Length);
        var (i, j, count) = (0, 0, 0);
        while (i < left.Length && j < right.Length)
        {
            var (a, b) = (left[i], right[j]);
            union.Pointer[count++] = Math.Min(a, b);
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }
        var rest = i < left.Length ? left[i..] : right[j..];
        rest.CopyTo(union.Span[count..]);
        union.Truncate(count + rest.Length);
        return union;
    }

    private void NumberTile(int tile, PooledBuffer<long>[,] keys, PooledBuffer<int>[,] numbers, PooledBuffer<long>[] all)
    {
        var total = 0;
        for (var k = 0; k < Kernels.Count; k++)
            total += keys[tile, k].Length;
        var target = (_tileVertices[tile] = new PooledBuffer<(int, int)>(total)).Pointer;
        for (var k = 0; k < Kernels.Count; k++)
        {
            var place = keys[tile, k].Length == 0 ? 0 : all[k].Span.BinarySearch(keys[tile, k].Pointer[0]);
            for (var i = 0; i < keys[tile, k].Length; i++)
            {
                while (all[k].Pointer[place] != keys[tile, k].Pointer[i])
                    place++;
                *target++ = (FirstVertex[k] + place, numbers[tile, k].Pointer[i]);
            }
            numbers[tile, k].Dispose();
            keys[tile, k].Dispose();
        }
    }

    // Keys ascend, so the keys one step away ascend too: one walk finds them all.
    private void LinkNeighbours(int kernel, int direction, ReadOnlySpan<long> keys)
    {
        var step = Kernels[kernel].NeighbourStep(direction);
        var neighbours = Neighbours(kernel, direction);
        new Span<int>(neighbours, 2 * keys.Length).Fill(Vertices);
        var other = 0;
        for (var vertex = 0; vertex < keys.Length; vertex++)
        {
            var wanted = keys[vertex] + step;
            while (other < keys.Length && keys[other] < wanted)
                other++;
            if (other == keys.Length)
                break;
            if (keys[other] != wanted)
                continue;
            neighbours[2 * vertex] = FirstVertex[kernel] + other;
            neighbours[2 * other + 1] = FirstVertex[kernel] + vertex;
        }
    }
}
