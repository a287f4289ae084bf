using System.Runtime.Intrinsics;

namespace Rca.Imaging;

/// <summary>Symmetric normalisation of the lattices' kernels, folded into the slot weights.</summary>
internal static unsafe class DenseCrfNormalisation
{
    /// <summary>
    /// Multiplies the slot weights of every pixel i in kernel k by sqrt(potts_k · gain_k / D_i), where D_i is what the kernel
    /// makes of a constant 1. Splatting and slicing with these weights then applies potts · D^-½ K D^-½ without further factors.
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
                Scale(lattice, band, firstCorner, lattice.Kernels[kernel], potts[kernel], values.Pointer);
                firstCorner += lattice.Kernels[kernel].Corners;
            }
        });
    }

    private static void Scale(PermutohedralLattice lattice, int band, int firstCorner, PermutohedralKernel kernel, float potts, float* values)
    {
        var slots = lattice.Slots;
        var weights = lattice.Weights;
        var (step, corners, gain) = (lattice.SlotsPerPixel, kernel.Corners, kernel.Gain);
        var end = lattice.FirstSlot(band + 1);
        for (var slot = lattice.FirstSlot(band) + firstCorner; slot < end; slot += step)
        {
            var sum = 0f;
            for (var i = 0; i < corners; i++)
                sum += weights[slot + i] * values[(long)slots[slot + i] * FourLanes.Count];
            // 1e-20 as in the reference, for a pixel without weight.
            var scale = MathF.Sqrt(potts * gain / (gain * sum + 1e-20f));
            for (var i = 0; i < corners; i++)
                weights[slot + i] *= scale;
        }
    }
}
