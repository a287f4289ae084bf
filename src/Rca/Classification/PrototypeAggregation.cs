using Rca.Torch;

namespace Rca.Classification;

/// <summary>The paper's aggregation, without weights of its own: each position gathers the prototypes that resemble it.</summary>
public sealed class PrototypeAggregation : SemanticAggregation
{
    private readonly double _scale;
    private readonly bool _gradient;

    internal PrototypeAggregation(int classes, int channels, ClassificationOptions options) : base(classes, channels, 2 * channels, options)
    {
        _scale = 1 / (options.AggregationTemperature > 0 ? options.AggregationTemperature : Math.Sqrt(channels));
        _gradient = options.AggregationGradient;
    }

    /// <summary>F̂ = [F, F'].</summary>
    public override Tensor Enrich(Tensor features) => Tensor.Concatenate([features, Gather(features)], 1);

    /// <summary>F' = S Q with S = softmax(F Qᵀ / temperature) over all prototypes: (B, D, H, W) → (B, D, H, W).</summary>
    public Tensor Gather(Tensor features)
    {
        using NoGrad? noGrad = _gradient ? null : new NoGrad();
        // Both products are 1×1 convolutions, so that features keep their layout and run in the network's precision.
        Tensor toPrototypes = (Centres * _scale).Reshape(Count, -1, 1, 1);
        Tensor toFeatures = Centres.Transpose(0, 1).Reshape(-1, Count, 1, 1);
        Tensor similarity = features.Conv2d(toPrototypes, Presence).Softmax(1); // (B, L·K, H, W)
        return similarity.Conv2d(toFeatures, bias: null);
    }
}
