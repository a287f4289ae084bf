using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Enriches features with prototypes of the whole data set (section 3.3): each position gathers the prototypes that resemble it.
/// What is gathered is context: no gradient passes through it (the paper's passes through the similarities).
/// The prototypes are part of the network's weights. Before there are any, what is gathered is zero.
/// </summary>
public sealed class SemanticAggregation : Module
{
    private const double Absent = -1e9; // as a logit: e^-1e9 is zero
    private readonly Tensor _prototypes, _presence;
    private readonly double _scale;
    private readonly int _classes, _channels, _count;

    internal SemanticAggregation(int classes, int channels, ClassificationOptions options)
    {
        (_classes, _channels, _count) = (classes, channels, classes * options.Prototypes);
        _scale = 1 / (options.AggregationTemperature > 0 ? options.AggregationTemperature : Math.Sqrt(channels));
        _prototypes = Buffer("prototypes", Tensor.Zeros([_count, channels]));
        _presence = Buffer("presence", Tensor.Full([_count], Absent));
    }

    /// <summary>Q, (L, K, D), and which prototypes there are, (L, K) of 0 and 1.</summary>
    public (Tensor Centres, Tensor Present) Prototypes() =>
        (_prototypes.Reshape(_classes, -1, _channels), _presence.Greater(Absent / 2).To(DType.Float32).Reshape(_classes, -1));

    /// <summary>Takes new prototypes, of the shapes that <see cref="Prototypes"/> gives.</summary>
    public void SetPrototypes(Tensor centres, Tensor present)
    {
        using var noGrad = new NoGrad();
        _prototypes.Copy_(centres.Reshape(_count, _channels));
        _presence.Copy_((1.0 - present.Reshape(_count)) * Absent);
    }

    /// <summary>F' = S Q with S = softmax(F Qᵀ / temperature) over all prototypes: (B, D, H, W) → (B, D, H, W).</summary>
    public Tensor Gather(Tensor features)
    {
        // What is gathered is context: a gradient through the similarities, with prototypes that change every epoch, slows learning from scratch.
        using var noGrad = new NoGrad();
        // Both products are 1×1 convolutions, so that features keep their layout and run in the network's precision.
        Tensor toPrototypes = (_prototypes * _scale).Reshape(_count, _channels, 1, 1);
        Tensor toFeatures = _prototypes.Transpose(0, 1).Reshape(_channels, _count, 1, 1);
        Tensor similarity = features.Conv2d(toPrototypes, _presence).Softmax(1); // (B, L·K, H, W)
        return similarity.Conv2d(toFeatures, bias: null);
    }
}
