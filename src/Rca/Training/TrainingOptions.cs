using System.Text.Json.Serialization;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Text;

namespace Rca.Training;

/// <summary>What changes the weights.</summary>
public enum OptimizerKind
{
    /// <summary>AdamW, and Muon for the backbone's convolutions where <see cref="TrainingOptions.MatrixRate"/> is above 0.</summary>
    Adamw,

    /// <summary>Stochastic gradient descent with momentum 0.9; weight decay on everything.</summary>
    Sgd,

    /// <summary>The same with Nesterov's momentum.</summary>
    Nesterov,
}

/// <summary>How the learning rate changes over a run.</summary>
public enum ScheduleKind
{
    /// <summary>Rises over a tenth of the run, then falls as half a cosine.</summary>
    Cosine,

    /// <summary>Falls as (1 - progress)^0.9.</summary>
    Polynomial,

    /// <summary>Falls to a tenth at each of <see cref="TrainingOptions.RateSteps"/>.</summary>
    Steps,
}

/// <summary>Settings that the training of both networks has.</summary>
public abstract record TrainingOptions
{
    /// <summary>A run of more epochs than this is not saved after each of them, since they are short.</summary>
    private const int MostSaves = 100;

    /// <summary>Sizes of the first part of a run are multiples of two cells of the features' grid.</summary>
    private const int Grid = 16;

    /// <summary>Network that makes the features; one of <see cref="Backbones.Backbone.Names"/>.</summary>
    public string Backbone { get; init; } = "resnet18s";

    /// <summary>Public weights that the backbone starts from, a name or a file (<see cref="PublicWeights.Locate"/>), or null for random weights.</summary>
    public string? Weights { get; init; }

    /// <summary>
    /// Pixels of the picture for each position of the features, one of the backbone's <see cref="BackboneDescription.OutputStrides"/>; 16 takes
    /// a third of the multiply-adds of 8 and loses thin parts.
    /// </summary>
    public int OutputStride { get; init; } = 8;

    /// <summary>
    /// Keeps the backbone's batch normalisation as its weights have it, as is usual with public weights and small batches. A backbone that
    /// starts from random weights needs it free.
    /// </summary>
    public bool FreezeNormalization { get; init; }

    /// <summary>
    /// First stages of the backbone that keep their weights, 0 to their number. What the first layers see is much the same for all photographs; without
    /// them a step takes less time.
    /// </summary>
    public int FrozenStages { get; init; }

    /// <summary>Factor on the backbone's channels, 0.125 to 2; 1 for public weights.</summary>
    public double Width { get; init; } = 0.25;

    /// <summary>Passes over the training images, 1 to 10,000.</summary>
    public int Epochs { get; init; }

    /// <summary>Pictures in a step, 1 to 1,024.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Side of the training square in pixels, 32 to 2,048.</summary>
    public int Size { get; init; } = 128;

    /// <summary>
    /// Side of the training square in the first part of the run, as a fraction of <see cref="Size"/>, 0.1 to 1. Small pictures cost less, and a
    /// network that starts from nothing learns from them what large ones only refine.
    /// </summary>
    public double StartScale { get; init; } = 0.5;

    /// <summary>Share of the run, 0 to 1, that is trained at <see cref="StartScale"/>.</summary>
    public double StartShare { get; init; }

    /// <summary>The seed of all random choices.</summary>
    public int Seed { get; init; }

    /// <summary>What changes the weights.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>How the learning rate changes over the run.</summary>
    public ScheduleKind Schedule { get; init; }

    /// <summary>Epochs, counted from 0, at whose start the rate falls to a tenth, where the schedule goes by steps.</summary>
    public IReadOnlyList<int> RateSteps { get; init; } = [];

    /// <summary>
    /// Highest rate of the backbone's convolutions (Muon: orthogonal steps, with which a network learns from random weights several times
    /// faster). 0 leaves them to AdamW and <see cref="LearningRate"/>.
    /// </summary>
    public double MatrixRate { get; init; } = 0.006;

    /// <summary>
    /// Highest learning rate of the backbone's other weights; without <see cref="OptimizerKind.Adamw"/> of all of them.
    /// </summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Factor on the learning rate of everything after the backbone, which starts from random weights even if the backbone does not.</summary>
    public double HeadRateFactor { get; init; } = 1;

    /// <summary>Factor on the learning rate of biases and normalisation, beside the other factors.</summary>
    public double BiasRateFactor { get; init; } = 1;

    /// <summary>
    /// Weight decay. With <see cref="OptimizerKind.Adamw"/> it is decoupled and leaves biases and normalisation free; else it is
    /// part of every gradient.
    /// </summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Squashes pictures to the training square, whatever their proportions, instead of cutting out a square.</summary>
    public bool Squash { get; init; }

    /// <summary>Mirrors every other picture.</summary>
    public bool Mirror { get; init; } = true;

    /// <summary>Takes the pictures of each epoch in another order. Without it the last, smaller batch of an epoch counts too.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Smallest random scale of a training picture's longer side, against <see cref="Size"/>.</summary>
    public double ScaleMin { get; init; }

    /// <summary>Largest random scale of a training picture's longer side, against <see cref="Size"/>.</summary>
    public double ScaleMax { get; init; }

    /// <summary>Strength of random changes of brightness, contrast and saturation, 0 to 1.</summary>
    public double Jitter { get; init; }

    /// <summary>Largest random turn of the colour circle, 0 to 0.5. Colour tells some classes apart.</summary>
    public double Hue { get; init; }

    /// <summary>float32, bfloat16 where it pays, or automatic.</summary>
    public Precision Precision { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="RcaException">Lists every value out of range, with what was found and expected.</exception>
    public void Validate()
    {
        var ranges = new RangeCheck();
        ranges.OneOf("backbone", Backbone, Backbones.Backbone.Names);
        if (Backbones.Backbone.All.FirstOrDefault(known => known.Name == Backbone) is { } backbone)
        {
            ranges.OneOf("output stride", OutputStride, backbone.OutputStrides);
            if (Size % backbone.PictureMultiple != 0) ranges.Refuse($"size is {Size}; {Backbone} takes multiples of {backbone.PictureMultiple}");
        }
        ranges.Within("frozen stages", FrozenStages, 0, 20);
        ranges.Within("width", Width, 0.125, 2);
        ranges.Within("epochs", Epochs, 1, 10_000);
        ranges.Within("batch", BatchSize, 1, 1024);
        ranges.Within("size", Size, 32, 2048);
        ranges.Within("start scale", StartScale, 0.1, 1);
        ranges.Within("start share", StartShare, 0, 1);
        ranges.Within("learning rate", LearningRate, 1e-8, 10);
        ranges.Within("matrix rate", MatrixRate, 0, 1);
        ranges.Within("head rate factor", HeadRateFactor, 1e-3, 1000);
        ranges.Within("bias rate factor", BiasRateFactor, 1e-3, 1000);
        ranges.Within("number of rate steps", RateSteps.Count, Schedule == ScheduleKind.Steps ? 1 : 0, Schedule == ScheduleKind.Steps ? 20 : 0);
        foreach (int step in RateSteps) ranges.Within("rate step", step, 1, 10_000);
        ranges.Within("weight decay", WeightDecay, 0, 1);
        ranges.Within("smallest scale", ScaleMin, 0.1, 10);
        ranges.Within("largest scale", ScaleMax, ScaleMin, 10);
        ranges.Within("jitter", Jitter, 0, 1);
        ranges.Within("hue", Hue, 0, 0.5);
        Check(ranges);
        ranges.ThrowIfAny("The training settings cannot be used");
    }

    /// <summary>True if a part of the backbone keeps its weights, which makes sense only if they are trained.</summary>
    [JsonIgnore]
    public bool KeepsOfBackbone => FreezeNormalization || FrozenStages > 0;

    /// <summary>Throws if a part of the backbone is to keep its weights but they are random.</summary>
    /// <param name="trained">The network starts from trained weights.</param>
    /// <param name="options">The options of the command that name trained weights.</param>
    /// <exception cref="RcaException">Normalisation or stages are to stay as they are, at random.</exception>
    internal void RequireTrained(bool trained, string options)
    {
        if (KeepsOfBackbone && !trained)
            throw new RcaException($"freeze_normalization and frozen_stages keep what a trained backbone has, and this one starts from random weights. Give {options}, or --set freeze_normalization=false --set frozen_stages=0.");
    }

    /// <summary>The backbone of these settings with fresh weights. Parts that keep their weights are frozen.</summary>
    /// <exception cref="RcaException">The backbone is unknown, or has not this stride or so many stages.</exception>
    internal Backbones.Backbone CreateBackbone()
    {
        Backbones.Backbone backbone = Backbones.Backbone.Create(Backbone, Width, OutputStride);
        if (FreezeNormalization) backbone.FreezeNormalization();
        backbone.FreezeStages(FrozenStages);
        return backbone;
    }

    /// <summary>What happens to training pictures in an epoch, counted from 0.</summary>
    internal Augmentation Augmentation(int epoch)
    {
        bool starts = StartScale < 1 && epoch < StartShare * Epochs;
        int side = starts ? Math.Clamp((int)Math.Round(Size * StartScale / Grid) * Grid, Grid, Size) : Size;
        return new Augmentation(side, ScaleMin, ScaleMax, Jitter, Hue, Squash, Mirror);
    }

    /// <summary>Whether the run is saved after an epoch, counted from 0: after each, of 200 and more after each hundredth part; and after the last.</summary>
    internal bool SavesAfter(int epoch) => (epoch + 1) % Math.Max(1, Epochs / MostSaves) == 0 || epoch + 1 == Epochs;

    /// <summary>The factor on all learning rates after <paramref name="done"/> epochs, a fraction of one included.</summary>
    internal double RateFactor(double done) => Schedule switch
    {
        ScheduleKind.Polynomial => Torch.Schedule.Polynomial(done / Epochs),
        ScheduleKind.Steps => Torch.Schedule.Steps(done, RateSteps),
        _ => Torch.Schedule.WarmUpCosine(done / Epochs),
    };

    /// <summary>The backbone that weights are made for, where that is known; else the one of these settings.</summary>
    private protected string BackboneFor(string weights) => Backbones.Backbone.For(weights)?.Name ?? Backbone;

    /// <summary>Checks the settings that only one of the networks has.</summary>
    private protected virtual void Check(RangeCheck ranges)
    {
    }
}
