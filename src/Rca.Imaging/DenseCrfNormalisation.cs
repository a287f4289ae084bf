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
            for (var slot = lattice.FirstSlot(band); slot < lattice.FirstSlot(band + 1); slot++)
                sums[(long)lattice.Slots[slot] * FourLanes.Count] += lattice.Weights[slot];
        });
        filter.Blur();
        PermutohedralLattice.InParallel(lattice.Bands, threads, band =>
        {
            var vertices = lattice.BandVertices(band);
            for (var slot = lattice.FirstSlot(band); slot < lattice.FirstSlot(band + 1);)
            {
                for (var kernel = 0; kernel < lattice.Kernels.Count; kernel++)
                {
                    var (corners, gain) = (lattice.Kernels[kernel].Corners, lattice.Kernels[kernel].Gain);
                    var sum = 0f;
                    for (var i = 0; i < corners; i++)
                        sum += lattice.Weights[slot + i] * filter.Values[(long)vertices[lattice.Slots[slot + i]] * FourLanes.Count];
                    // 1e-20 as in the reference, for a pixel without weight.
                    var scale = MathF.Sqrt(potts[kernel] * gain / (gain * sum + 1e-20f));
                    for (var i = 0; i < corners; i++)
                        lattice.Weights[slot + i] *= scale;
                    slot += corners;
                }
            }
        });
    }
}
