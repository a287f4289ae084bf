using System.Runtime.Intrinsics;

namespace Rca.Imaging;

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
        PermutohedralLattice.InParallel(lattice.Tiles.Length, threads, tile =>
        {
            var sums = filter.Accumulator(tile);
            var first = (long)lattice.Tiles[tile].FirstPixel * lattice.SlotsPerPixel;
            var slots = lattice.Slots + first;
            var weights = lattice.Weights + first;
            for (var slot = 0; slot < lattice.Tiles[tile].Pixels * lattice.SlotsPerPixel; slot++)
                sums[slots[slot] * FourLanes.Count] += weights[slot];
        });
        filter.Blur();
        PermutohedralLattice.InParallel(lattice.Tiles.Length, threads, tile =>
        {
            using var values = filter.TileValues(tile);
            var firstCorner = 0;
            for (var kernel = 0; kernel < lattice.Kernels.Count; kernel++)
            {
                var corners = lattice.Kernels[kernel].Corners;
                Scale(lattice, tile, firstCorner, corners, potts[kernel], values.Pointer);
                firstCorner += corners;
            }
        });
    }

    private static void Scale(PermutohedralLattice lattice, int tile, int firstCorner, int corners, float potts, float* values)
    {
        var first = (long)lattice.Tiles[tile].FirstPixel * lattice.SlotsPerPixel + firstCorner;
        var slots = lattice.Slots + first;
        var weights = lattice.Weights + first;
        for (var pixel = 0; pixel < lattice.Tiles[tile].Pixels; pixel++, slots += lattice.SlotsPerPixel, weights += lattice.SlotsPerPixel)
        {
            var sum = 0f;
            for (var i = 0; i < corners; i++)
                sum += weights[i] * values[slots[i] * FourLanes.Count];
            var scale = MathF.Sqrt(potts / (sum + 1e-20f));
            for (var i = 0; i < corners; i++)
                weights[i] *= scale;
        }
    }
}
