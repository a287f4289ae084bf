using Rca.Backbones;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>What the classification network makes of a batch.</summary>
/// <param name="Features">F, (B, D, H, W).</param>
/// <param name="CoarseMaps">P, (B, L, H, W): the first activation maps.</param>
/// <param name="Maps">O, (B, L, H, W): the final activation maps; P itself without aggregation.</param>
public readonly record struct ClassificationOutput(Tensor Features, Tensor CoarseMaps, Tensor Maps);

/// <summary>
/// The classification network of RCA: backbone, first maps, aggregation of prototypes, final maps. Without contrast and aggregation it is
/// the plain CAM network.
/// </summary>
public sealed class ClassificationModel : BackboneModel
{
    private const double HeadDeviation = 0.01;
    private readonly Func<Tensor, Tensor> _head1;
    private readonly Func<Tensor, Tensor>? _head2;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="classes">Number of classes, L.</param>
    /// <param name="options">Backbone and parts.</param>
    public ClassificationModel(int classes, ClassificationOptions options)
        : base(options.CreateBackbone())
    {
        Classes = classes;
        int channels = Backbone.Channels;
        _head1 = options.DeepHeads
            ? Child("head1", new DeepHead(channels, classes)).Forward
            : Child("head1", new Conv2d(channels, classes, kernel: 1).WithNormalWeights(HeadDeviation)).Forward;
        if (options.Contrast) Projection = Child("project", new Projection(channels));
        if (!options.Aggregation) return;
        Aggregation = Child<SemanticAggregation>("aggregate", options.LearnedAggregation
            ? new LearnedAggregation(classes, channels, options)
            : new PrototypeAggregation(classes, channels, options));
        _head2 = options.DeepHeads
            ? Child("head2", new ClassHeads(Aggregation.EnrichedChannels, classes)).Forward
            : Child("head2", new Conv2d(Aggregation.EnrichedChannels, classes, kernel: 1).WithNormalWeights(HeadDeviation)).Forward;
    }

    /// <summary>Number of classes, L.</summary>
    public int Classes { get; }

    /// <summary>Channels of the features, D.</summary>
    public int Channels => Backbone.Channels;

    /// <summary>Embeds features for the contrast, where the network has it.</summary>
    public Projection? Projection { get; }

    /// <summary>The prototypes and their use, where the network has them.</summary>
    public SemanticAggregation? Aggregation { get; }

    /// <summary>(B, 3, S, S) → features and maps at S/s, at output stride s.</summary>
    public ClassificationOutput Forward(Tensor x) => Maps(Backbone.Forward(x));

    /// <summary>Features F → maps, (B, D, H, W) → (B, L, H, W).</summary>
    public ClassificationOutput Maps(Tensor features)
    {
        Tensor coarse = _head1(features);
        if (Aggregation is null) return new ClassificationOutput(features, coarse, coarse);
        return new ClassificationOutput(features, coarse, _head2!(Aggregation.Enrich(features, coarse)));
    }
}

/// <summary>Embeds features for the contrast (D to D), so that classification keeps its own.</summary>
public sealed class Projection : Module
{
    private readonly Conv2d _first, _second;
    private readonly BatchNorm2d _norm;

    internal Projection(int channels)
    {
        _first = Child("0", new Conv2d(channels, channels, kernel: 3, bias: false));
        _norm = Child("1", new BatchNorm2d(channels));
        _second = Child("3", new Conv2d(channels, channels, kernel: 3));
    }

    /// <summary>g = project(F), (B, D, H, W).</summary>
    public Tensor Forward(Tensor features) => _second.Forward(_norm.Forward(_first.Forward(features)).Relu_());
}
