using System.Text.Json.Serialization;
using Rca.Text;
using Rca.Training;

namespace Rca.Classification;

/// <summary>
/// Settings of the classification network's training. The defaults are the paper's method at the scale of small pictures and training from
/// scratch; the symbols in brackets are the paper's.
/// </summary>
public sealed record ClassificationOptions : TrainingOptions
{
    /// <summary>The usual settings.</summary>
    public ClassificationOptions() => (Epochs, StartShare, ScaleMin, ScaleMax, Jitter, Hue) = (80, 0.8, 1, 1.5, 0, 0);

    /// <summary>Semantic contrast against the regional memory (section 3.2). Off, and aggregation off, is plain CAM.</summary>
    public bool Contrast { get; init; } = true;

    /// <summary>
    /// Semantic aggregation of the memory's prototypes (section 3.3). Without it the first maps are the final maps. Aggregation only helps once features
    /// mean something, which they do not at first in a network that starts from random weights.
    /// </summary>
    public bool Aggregation { get; init; }

    /// <summary>Weight of the loss on the first maps (a) beside that on the final maps.</summary>
    public double CoarseWeight { get; init; } = 0.4;

    /// <summary>Weight of the contrast loss (b).</summary>
    public double ContrastWeight { get; init; } = 0.01;

    /// <summary>First epoch, counted from 0, of the contrast loss.</summary>
    public int ContrastStart { get; init; } = 2;

    /// <summary>Temperature of the contrast (τ).</summary>
    public double ContrastTemperature { get; init; } = 0.07;

    /// <summary>Both parameters of the Beta distribution of mix-up weights; a whole number.</summary>
    public int MixupConcentration { get; init; } = 8;

    /// <summary>
    /// How far between the mean (0, the paper's choice) and the maximum (1) of a first map its region begins. At the mean a region is half
    /// of the picture, which is mostly background where objects are small.
    /// </summary>
    public double RegionThreshold { get; init; } = 0.5;

    /// <summary>Regions kept for each class (N).</summary>
    public int MemorySize { get; init; } = 500;

    /// <summary>A region enters the memory only where its class scores above this (ν); 0 lets every region in.</summary>
    public double ScoreGate { get; init; } = 0.7;

    /// <summary>
    /// Share of the old entry that an update keeps (γ). Each pair occurs once an epoch: at the paper's 0.99 an entry would remain what an
    /// untrained backbone saw; with weights that are trained already it is the better choice.
    /// </summary>
    public double MemoryMomentum { get; init; } = 0.5;

    /// <summary>
    /// Share of the run, 0 to 1, after which prototypes are gathered; 0 is from the second epoch on, as in the paper. A network that starts
    /// from nothing has no useful features before that.
    /// </summary>
    public double AggregationStart { get; init; } = 0.5;

    /// <summary>Prototypes for each class (K).</summary>
    public int Prototypes { get; init; } = 10;

    /// <summary>Divisor of the product of features and prototypes; 0 stands for √D, 1 is the paper's plain product.</summary>
    public double AggregationTemperature { get; init; }

    /// <summary>
    /// The most classes whose prototypes a picture is compared with; if there are more, those with its highest first maps. 0 means all. Learned aggregation has
    /// none.
    /// </summary>
    public int AggregationClasses { get; init; } = 100;

    /// <summary>
    /// Lets a gradient pass through the similarities of features and prototypes, as the paper's does. With prototypes that change every
    /// epoch it slows learning from scratch.
    /// </summary>
    public bool AggregationGradient { get; init; }

    /// <summary>Released: three 3×3 convolutions before the last one of each head, for head2 in every class its own.</summary>
    public bool DeepHeads { get; init; }

    /// <summary>Released: aggregation by learned projections of features and prototypes, with a gradient, instead of a softmax over products.</summary>
    public bool LearnedAggregation { get; init; }

    /// <summary>Released: the memory is a ring for each class that starts as noise, instead of one entry for each pair of class and image.</summary>
    public bool RingMemory { get; init; }

    /// <summary>Released: a softmax over the classes before the regions are found.</summary>
    public bool RegionSoftmax { get; init; }

    /// <summary>Released: the gate of the memory looks at the final scores o instead of the first scores p.</summary>
    public bool GateFinalScores { get; init; }

    /// <summary>Released: the keys of the contrast are the raw region vectors instead of their projections.</summary>
    public bool RawKeys { get; init; }

    /// <summary>Released: the contrast is summed over the pictures of a batch instead of averaged.</summary>
    public bool SumContrast { get; init; }

    /// <summary>Released: the region mixed in may be of the same class, even where the batch has others.</summary>
    public bool MixAnyClass { get; init; }

    /// <summary>
    /// Released: keeps, from the second epoch on, the running maximum of the final maps that training makes (online accumulation, section 4.1).
    /// Needs whole pictures, squashed and not mirrored, so that maps and pictures agree.
    /// </summary>
    public bool AccumulateMaps { get; init; }

    /// <summary>True for settings as <see cref="FromWeights"/> has them, and not those of the paper or its public code: so that later stages may use their own defaults.</summary>
    [JsonIgnore]
    public bool IsUsualFromWeights => Weights is not null && Optimizer == OptimizerKind.Adamw && MatrixRate == 0;

    /// <summary>True where the run needs the regional memory.</summary>
    [JsonIgnore]
    public bool UsesMemory => Contrast || Aggregation;

    /// <summary>These settings without contrast and aggregation: plain class activation maps.</summary>
    public ClassificationOptions AsCam() => this with { Contrast = false, Aggregation = false };

    /// <summary>These settings with contrast and, from weights that are trained already, aggregation.</summary>
    public ClassificationOptions AsRca() => this with { Contrast = true, Aggregation = Weights is not null };

    /// <summary>
    /// These settings with the parts of the public code: model, memory, contrast, input and schedule. Classes, backbone and sizes stay open.
    /// </summary>
    public ClassificationOptions AsReleased() => AsPublished() with
    {
        LearnedAggregation = true, DeepHeads = true, RingMemory = true, RegionSoftmax = true, GateFinalScores = true, RawKeys = true,
        SumContrast = true, MixAnyClass = true, AccumulateMaps = true,
        Squash = true, Mirror = false, Shuffle = false, ScaleMin = 1, ScaleMax = 1,
    };

    /// <summary>
    /// These settings with the parts of the paper. Its schedule and the weights of its loss are not known and are the public code's;
    /// random crops and mirroring are ours.
    /// </summary>
    public ClassificationOptions AsPaper() => AsPublished() with
    {
        AggregationTemperature = 1, AggregationClasses = 0, AggregationGradient = true, Squash = false, Mirror = true, Shuffle = true, ScaleMin = 1, ScaleMax = 1.5,
    };

    /// <summary>What paper and public code have in common.</summary>
    private ClassificationOptions AsPublished() => this with
    {
        OutputStride = 8, FreezeNormalization = false, FrozenStages = 0,
        Contrast = true, Aggregation = true, AggregationStart = 0, CoarseWeight = 0.4, ContrastWeight = 0.01, ContrastStart = 2, ContrastTemperature = 0.07,
        MixupConcentration = 8, RegionThreshold = 0, MemorySize = 500, ScoreGate = 0.7, MemoryMomentum = 0.99, Prototypes = 10,
        Jitter = 0.3, Hue = 0.1, StartShare = 0, Epochs = 30, BatchSize = 8, MatrixRate = 0,
        Optimizer = OptimizerKind.Nesterov, Schedule = ScheduleKind.Steps, RateSteps = [5, 10], LearningRate = 1e-3, HeadRateFactor = 10, BiasRateFactor = 2, WeightDecay = 5e-4,
    };

    /// <summary>
    /// These settings for photographs and a backbone that starts from public weights: few epochs at small rates, and plain maps, which are
    /// better here than with contrast and aggregation (<see cref="AsRca"/>).
    /// </summary>
    /// <param name="source">A name or a file; a name that a backbone's description lists chooses the backbone too.</param>
    public ClassificationOptions FromWeights(string source)
    {
        string backbone = BackboneFor(source);
        return this with
        {
            Weights = source, Backbone = backbone, Width = 1, OutputStride = 16,
            FreezeNormalization = true, FrozenStages = Backbones.Backbone.Describe(backbone).UsualFrozenStages,
            Size = 288, Epochs = 5, StartShare = 0, MatrixRate = 0, LearningRate = 1e-4, HeadRateFactor = 10, Contrast = false, Aggregation = false,
        };
    }

    private protected override void Check(RangeCheck ranges)
    {
        ranges.Within("coarse weight", CoarseWeight, 0, 100);
        ranges.Within("contrast weight", ContrastWeight, 0, 100);
        ranges.Within("contrast start", ContrastStart, 0, 10_000);
        ranges.Within("contrast temperature", ContrastTemperature, 1e-3, 10);
        ranges.Within("mix-up concentration", MixupConcentration, 1, 100);
        ranges.Within("region threshold", RegionThreshold, 0, 1);
        ranges.Within("memory size", MemorySize, 1, 100_000);
        ranges.Within("score gate", ScoreGate, 0, 1);
        ranges.Within("memory momentum", MemoryMomentum, 0, 1);
        ranges.Within("aggregation start", AggregationStart, 0, 1);
        ranges.Within("prototypes", Prototypes, 1, 1000);
        ranges.Within("aggregation temperature", AggregationTemperature, 0, 1e6);
        ranges.Within("aggregation classes", AggregationClasses, 0, 1_000_000);
        if (AccumulateMaps && (!Squash || Mirror || StartShare > 0 || ScaleMin != 1 || ScaleMax != 1))
            ranges.Refuse("accumulate maps needs squash true, mirror false, scale min and max 1 and start share 0: only then do the maps of all epochs agree with the picture");
    }
}
