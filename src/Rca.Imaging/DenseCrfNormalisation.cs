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
        PermutohedralLattice.InParallel(lattice.Bands, threads, band =>
        {
            var sums = filter.Accumulator(band);
            var slots = lattice.Slots;
            var weights = lattice.Weights;
            var (first, end) = (lattice.FirstSlot(band), lattice.FirstSlot(band + 1));
            for (var slot = first; slot < end; slot++)
                sums[(long)slots[slot] * FourLanes.Count] += weights[slot];
        });
        filter.Blur();
        PermutohedralLattice.InParallel(lattice.Bands, threads, band =>
        {
            using var values = filter.BandValues(band);
            var firstCorner = 0;
            for (var kernel = 0; kernel < lattice.Kernels.Count; kernel++)
            {
                var corners = lattice.Kernels[kernel].Corners;
                Scale(lattice, band, firstCorner, corners, potts[kernel], values.Pointer);
                firstCorner += corners;
            }
        });
    }

    private static void Scale(PermutohedralLattice lattice, int band, int firstCorner, int corners, float potts, float* values)
    {
        var slots = lattice.Slots;
        var weights = lattice.Weights;
        var end = lattice.FirstSlot(band + 1);
        for (var slot = lattice.FirstSlot(band) + firstCorner; slot < end; slot += lattice.SlotsPerPixel)
        {
            var sum = 0f;
            for (var i = 0; i < corners; i++)
                sum += weights[slot + i] * values[(long)slots[slot + i] * FourLanes.Count];
            var scale = MathF.Sqrt(potts / (sum + 1e-20f));
            for (var i = 0; i < corners; i++)
                weights[slot + i] *= scale;
        }
    }
}
