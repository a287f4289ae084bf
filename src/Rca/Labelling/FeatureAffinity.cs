using Rca.Torch;

namespace Rca.Labelling;

/// <summary>
/// Lets positions of a picture that look alike share their activation maps (the pixel correlation of Wang et al., CVPR 2020, here without
/// learning): what the maps show of an object, its telling parts, spreads to the rest of it and stops where the features change.
/// </summary>
/// <param name="power">Power of the similarity, above 0: with a higher power only positions that look more alike share.</param>
/// <param name="stages">Stages of the backbone whose features are compared, counted from 1; each counts the same.</param>
internal sealed class FeatureAffinity(double power, IReadOnlyList<int> stages)
{
    /// <summary>The smallest similarity, so that its logarithm is finite.</summary>
    private const double Least = 1e-6;

    /// <summary>Similarities that are worked on at a time, about 16 MiB of them.</summary>
    private const long AtOnce = 1 << 22;

    /// <summary>
    /// Each position's mean of the maps, weighted by its similarity to every position: (B, L, H, W) → the same shape, in the precision of products here.
    /// </summary>
    /// <param name="maps">Maps of one scale.</param>
    /// <param name="features">The features of all stages, from the first to the last.</param>
    /// <exception cref="RcaException">A stage is asked for that the backbone does not have.</exception>
    public Tensor Share(Tensor maps, IReadOnlyList<Tensor> features)
    {
        if (stages.Max() > features.Count) throw new RcaException($"affinity stage is {stages.Max()}; this backbone has the stages 1 to {features.Count}.");
        using var scope = new TensorScope();
        long height = maps.Size(2), width = maps.Size(3);
        Tensor f = Tensor.Concatenate([.. stages.Select(stage => Directions(features[stage - 1], height, width))], 1); // (B, ΣD, N), N = H·W
        Tensor values = maps.To(DType.Float32).Contiguous().Flatten(2).Transpose(1, 2); // (B, N, L)
        long count = height * width, rows = Math.Max(1, AtOnce / (maps.Size(0) * count));
        var parts = new List<Tensor>();
        for (long first = 0; first < count; first += rows)
        {
            using var inner = new TensorScope();
            Tensor some = f.Narrow(2, first, Math.Min(rows, count - first)); // (B, ΣD, R)
            Tensor similarity = some.Transpose(1, 2).Matmul(f) * (1.0 / stages.Count); // (B, R, N), mean cosine
            Tensor weights = (similarity.ClampMin(Least).Log() * power).Exp();
            parts.Add(inner.Keep(weights.Matmul(values) / weights.Sum(2).Unsqueeze(2))); // (B, R, L)
        }
        Tensor shared = Tensor.Concatenate([.. parts], 1);
        return scope.Keep(shared.Transpose(1, 2).Reshape(maps.Size(0), maps.Size(1), height, width));
    }

    /// <summary>A stage's features on another grid, without their lengths: (B, D, h, w) → (B, D, height·width).</summary>
    internal static Tensor Directions(Tensor features, long height, long width) => features.To(DType.Float32).Contiguous().ResizeBilinear(height, width).Flatten(2).Normalize(1);
}
