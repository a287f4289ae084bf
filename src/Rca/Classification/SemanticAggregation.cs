using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Enriches features with prototypes of the whole data set (section 3.3). The prototypes are part of the network's weights; they come from
/// clustering, not from gradients. Before there are any, positions gather nothing.
/// </summary>
public abstract class SemanticAggregation : Module
{
    private const double Absent = -1e9; // as a logit: e^-1e9 is zero
    private readonly int _channels;

    private protected SemanticAggregation(int classes, int channels, int enrichedChannels, ClassificationOptions options)
    {
        (Classes, _channels, EnrichedChannels, Count) = (classes, channels, enrichedChannels, classes * options.Prototypes);
        Centres = Buffer("prototypes", Tensor.Zeros([Count, channels]));
        Presence = Buffer("presence", Tensor.Full([Count], Absent));
    }

    /// <summary>Channels of F̂.</summary>
    public int EnrichedChannels { get; }

    /// <summary>L.</summary>
    private protected int Classes { get; }

    /// <summary>Q, (L·K, D), zero where there is none.</summary>
    private protected Tensor Centres { get; }

    /// <summary>For each prototype 0, or a logit that excludes it: (L·K).</summary>
    private protected Tensor Presence { get; }

    /// <summary>Which prototypes there are, (L·K) of 0 and 1.</summary>
    private protected Tensor Present => Presence.Greater(Absent / 2).To(DType.Float32);

    /// <summary>L·K.</summary>
    private protected int Count { get; }

    /// <summary>Q, (L, K, D), and which prototypes there are, (L, K) of 0 and 1.</summary>
    public (Tensor Centres, Tensor Present) Prototypes() =>
        (Centres.Reshape(Classes, -1, _channels), Present.Reshape(Classes, -1));

    /// <summary>Takes new prototypes, of the shapes that <see cref="Prototypes"/> gives.</summary>
    public void SetPrototypes(Tensor centres, Tensor present)
    {
        using var noGrad = new NoGrad();
        Centres.Copy_(centres.Reshape(Count, _channels));
        Presence.Copy_((1.0 - present.Reshape(Count)) * Absent);
    }

    /// <summary>F̂ from F and P: (B, D, H, W) and (B, L, H, W) → (B, D̂, H, W).</summary>
    public abstract Tensor Enrich(Tensor features, Tensor coarseMaps);
}
