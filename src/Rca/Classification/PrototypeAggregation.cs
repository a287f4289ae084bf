using Rca.Torch;

namespace Rca.Classification;

/// <summary>The paper's aggregation, without weights of its own: each position gathers the prototypes that resemble it.</summary>
public sealed class PrototypeAggregation : SemanticAggregation
{
    private readonly double _scale;
    private readonly bool _gradient;
    private readonly int _mostClasses;

    internal PrototypeAggregation(int classes, int channels, ClassificationOptions options) : base(classes, channels, 2 * channels, options)
    {
        _scale = 1 / (options.AggregationTemperature > 0 ? options.AggregationTemperature : Math.Sqrt(channels));
        _gradient = options.AggregationGradient;
        _mostClasses = options.AggregationClasses > 0 ? options.AggregationClasses : classes;
    }

    /// <summary>F̂ = [F, F'].</summary>
    public override Tensor Enrich(Tensor features, Tensor coarseMaps) => Tensor.Concatenate([features, Gather(features, coarseMaps)], 1);

    /// <summary>
    /// F' = S Q with S = softmax(F Qᵀ / temperature) over all prototypes, or over those of the picture's most likely classes: (B, D, H, W) and
    /// P, (B, L, H, W) → (B, D, H, W).
    /// </summary>
    public Tensor Gather(Tensor features, Tensor coarseMaps)
    {
        using NoGrad? noGrad = _gradient ? null : new NoGrad();
        return Classes <= _mostClasses ? GatherAll(features) : GatherLikely(features, coarseMaps);
    }

    private Tensor GatherAll(Tensor features)
    {
        // Both products are 1×1 convolutions, so that features keep their layout and run in the network's precision.
        Tensor toPrototypes = (Centres * _scale).Reshape(Count, -1, 1, 1);
        Tensor toFeatures = Centres.Transpose(0, 1).Reshape(-1, Count, 1, 1);
        Tensor similarity = features.Conv2d(toPrototypes, Presence).Softmax(1); // (B, L·K, H, W)
        return similarity.Conv2d(toFeatures, bias: null);
    }

    // A picture's prototypes are its own, so that batched products take the place of convolutions, whatever the layout of the features.
    private Tensor GatherLikely(Tensor features, Tensor coarseMaps)
    {
        long pictures = features.Size(0), channels = features.Size(1), perClass = Count / Classes, each = _mostClasses * perClass;
        Tensor scores = coarseMaps.Detach().To(DType.Float32).Mean([2, 3]) + Presence.Reshape(Classes, perClass).Max([1]); // (B, L): those with prototypes first
        Tensor likely = scores.ArgSortDescending(1).Narrow(1, 0, _mostClasses).Unsqueeze(2); // (B, M, 1)
        Tensor rows = (likely * Tensor.Full([1], perClass, DType.Int64, features.Device) + Tensor.Arange(perClass, features.Device)).Reshape(-1); // (B·M·K)
        Tensor q = Centres.IndexSelect(0, rows).Reshape(pictures, each, channels), presence = Presence.IndexSelect(0, rows).Reshape(pictures, each, 1);
        Tensor similarity = ((q * _scale).Matmul(features.Flatten(2, 3)) + presence).Softmax(1); // (B, M·K, H·W)
        return q.Transpose(1, 2).Matmul(similarity).Reshape(features.Shape);
    }
}
