using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Rca.Imaging.Crf;

/// <summary>Symmetric normalisation of the lattices' kernels, folded into the slot weights.</summary>
internal static unsafe class DenseCrfNormalisation
{
    /// <summary>
    /// Multiplies the slot weights of every pixel i in kernel k by sqrt(potts_k / D_i), where D_i is what the kernel makes
    /// of a constant 1; a constant gain of the lattice cancels. Splatting and slicing with these
    /// weights then applies potts · D^-½ K D^-½ without further factors.
    /// </summary>
    public static void Apply(PermutohedralLattice lattice, IReadOnlyList<float> potts, int threads)
    {
        using var filter = new PermutohedralFilter<FourLanes, Vector128<float>>(lattice, FourLanes.Count, threads);
        PermutohedralLattice.InParallel(lattice.Tiles.Length, threads, tile => Splat(lattice, lattice.Tiles[tile], filter.Accumulator(tile)));
        filter.Blur();
        PermutohedralLattice.InParallel(lattice.Tiles.Length, threads, tile =>
        {
            using var values = filter.TileValues(tile);
            var firstCorner = 0;
            for (var kernel = 0; kernel < lattice.Kernels.Count; kernel++)
            {
                var corners = lattice.Kernels[kernel].Corners;
                Scale(lattice, lattice.Tiles[tile], firstCorner, corners, potts[kernel], values.Pointer);
                firstCorner += corners;
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Splat(PermutohedralLattice lattice, PermutohedralTile tile, float* sums)
    {
        var slots = lattice.Slots + (long)tile.FirstPixel * lattice.SlotsPerPixel;
        var weights = lattice.Weights + (long)tile.FirstPixel * lattice.SlotsPerPixel;
        for (var end = slots + tile.Pixels * lattice.SlotsPerPixel; slots < end; slots++, weights++)
            sums[(nuint)(*slots) * (nuint)FourLanes.Count] += *weights;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(
        PermutohedralLattice lattice, PermutohedralTile tile, int firstCorner, int corners, float potts, float* values)
    {
        var step = lattice.SlotsPerPixel;
        var slots = lattice.Slots + (long)tile.FirstPixel * step + firstCorner;
        var weights = lattice.Weights + (long)tile.FirstPixel * step + firstCorner;
        for (var end = slots + tile.Pixels * step; slots < end; slots += step, weights += step)
        {
            var sum = 0f;
            for (var i = 0; i < corners; i++)
                sum += weights[i] * values[(nuint)slots[i] * (nuint)FourLanes.Count];
            var scale = MathF.Sqrt(potts / (sum + 1e-20f));
            for (var i = 0; i < corners; i++)
                weights[i] *= scale;
        }
    }
}
