using System.Runtime.Intrinsics;

namespace Rca.Imaging.Crf;

/// <summary>
/// Mean-field inference in a fully connected conditional random field with a Gaussian and a bilateral kernel and Potts compatibility,
/// after Krähenbühl and Koltun, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials" (2011), algorithm 1.
/// The kernels are filtered on permutohedral lattices and normalised symmetrically: K ← D^-½ K D^-½ with D the row sums of K.
/// </summary>
public static class DenseCrf
{
    /// <summary>
    /// Refines the label probabilities of a picture. The unary term is -ln of the probability, clipped to [1e-5, 1].
    /// The result is the same, bit for bit, for every number of threads.
    /// </summary>
    /// <param name="rgb">The picture, three channels.</param>
    /// <param name="probabilities">Labels × Height × Width, row-major; values outside [1e-5, 1] are clipped.</param>
    /// <param name="labels">Number of labels, at least 2.</param>
    /// <param name="options">Parameters of the kernels.</param>
    /// <param name="threads">Threads to use; 0 means one for each processor.</param>
    /// <returns>The marginals Q, Labels × Height × Width, which sum to one over the labels of a pixel.</returns>
    /// <exception cref="ArgumentException">
    /// A parameter is out of range, the sizes do not fit, a probability is not a number, or the problem is too large for the memory layout.
    /// </exception>
    public static float[] Infer(Picture rgb, ReadOnlySpan<float> probabilities, int labels, DenseCrfOptions options, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(rgb);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (labels < 2)
            throw new ArgumentOutOfRangeException(nameof(labels), labels, "A CRF needs at least 2 labels.");
        if (rgb.Channels != 3)
            throw new ArgumentException($"The picture has {rgb.Channels} channels; the CRF needs 3 (RGB).", nameof(rgb));
        var expected = (long)labels * rgb.Width * rgb.Height;
        if (probabilities.Length != expected)
            throw new ArgumentException(
                $"{labels} labels on a picture of {rgb.Width}×{rgb.Height} need {expected} probabilities, not {probabilities.Length}.",
                nameof(probabilities));
        if (threads == 0)
            threads = Environment.ProcessorCount;

        return labels <= FourLanes.Count
            ? Infer<FourLanes, Vector128<float>>(rgb, probabilities, labels, options, threads)
            : Infer<EightLanes, Vector256<float>>(rgb, probabilities, labels, options, threads);
    }

    private static unsafe float[] Infer<TLanes, TVector>(
        Picture rgb, ReadOnlySpan<float> probabilities, int labels, DenseCrfOptions options, int threads)
        where TLanes : ILanes<TVector>
        where TVector : unmanaged
    {
        using var lattice = BuildLattice(rgb, options, threads);
        using var field = new DenseCrfField<TLanes, TVector>(lattice, labels, threads);
        // Without kernels every iteration leaves the start as it is.
        var iterations = lattice.Kernels.Count == 0 ? 0 : options.Iterations;
        var q = GC.AllocateUninitializedArray<float>(probabilities.Length);
        fixed (float* memory = q)
            HugePages.Prefer(memory, (long)q.Length * sizeof(float));
        field.Start(probabilities, iterations == 0 ? q : null);
        for (var iteration = 1; iteration <= iterations; iteration++)
            field.Iterate(iteration == iterations ? q : null);
        return q;
    }

    private static PermutohedralLattice BuildLattice(Picture rgb, DenseCrfOptions options, int threads)
    {
        var kernels = new List<PermutohedralKernel>();
        var weights = new List<float>();
        if (options.BilateralWeight > 0)
        {
            kernels.Add(new PermutohedralKernel(rgb, options.BilateralSxy, options.BilateralSrgb));
            weights.Add(options.BilateralWeight);
        }
        if (options.GaussianWeight > 0)
        {
            kernels.Add(new PermutohedralKernel(rgb, options.GaussianSxy, srgb: null));
            weights.Add(options.GaussianWeight);
        }
        var lattice = new PermutohedralLattice(rgb, kernels, threads);
        DenseCrfNormalisation.Apply(lattice, weights, threads);
        return lattice;
    }
}
