using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The public code's aggregation: features and prototypes are compared after learned projections, and combined by another. Its similarities are
/// plain products, without a softmax.
/// </summary>
public sealed class LearnedAggregation : SemanticAggregation
{
    private readonly Conv2d _query, _key, _value, _gathered, _fuse;
    private readonly double _scale;

    internal LearnedAggregation(int classes, int channels, ClassificationOptions options) : base(classes, channels, channels, options)
    {
        _scale = (double)classes / options.Prototypes;
        _query = Child("query", new Conv2d(channels, channels, kernel: 1));
        // Linear layers: prototypes come to them as pictures of one column.
        _key = Child("key", new Conv2d(channels, channels, kernel: 1));
        _value = Child("value", new Conv2d(channels, channels, kernel: 1));
        _gathered = Child("gathered", new Conv2d(channels, channels, kernel: 1));
        _fuse = Child("fuse", new Conv2d(2 * channels, channels, kernel: 1));
    }

    /// <summary>F̂ = fuse([F, F']) with F' = gathered(S v), S = q kᵀ · L / K, q = query(F), k = key(Q), v = value(Q).</summary>
    public override Tensor Enrich(Tensor features, Tensor coarseMaps)
    {
        Tensor centres = Centres.Transpose(0, 1).Reshape(1, -1, Count, 1); // (L·K, D) → (1, D, L·K, 1)
        Tensor keys = _key.Forward(centres), values = _value.Forward(centres) * Present.Reshape(1, 1, Count, 1);
        // Both products are 1×1 convolutions, so that features keep their layout.
        Tensor toPrototypes = (keys * _scale).Transpose(1, 2).Reshape(Count, -1, 1, 1), toFeatures = values.Reshape(-1, Count, 1, 1);
        Tensor similarity = _query.Forward(features).Conv2d(toPrototypes, bias: null); // (B, L·K, H, W)
        Tensor gathered = _gathered.Forward(similarity.Conv2d(toFeatures, bias: null));
        return _fuse.Forward(Tensor.Concatenate([features, gathered], 1));
    }
}
