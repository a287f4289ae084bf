using Rca.Backbones;
using Rca.Imaging;
using Rca.Runs;

namespace Rca.Segmentation;

/// <summary>Settings of the segmentation network's training.</summary>
public sealed record SegmentationOptions
{
    /// <summary>Crop size that the original DeepLab-v2 dilations are made for.</summary>
    private const double OriginalCrop = 321;

    /// <summary>Network that makes the features; one of <see cref="Backbone.Names"/>.</summary>
    public string Backbone { get; init; } = "resnet18s";

    /// <summary>Factor on the backbone's channels, 0.125 to 2.</summary>
    public double Width { get; init; } = 0.25;

    /// <summary>Passes over the training images, 1 to 10,000.</summary>
    public int Epochs { get; init; } = 25;

    /// <summary>Pictures in a step, 1 to 1,024.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Side of the training square in pixels, 32 to 2,048.</summary>
    public int Size { get; init; } = 128;

    /// <summary>Start of all random choices.</summary>
    public int Seed { get; init; }

    /// <summary>First learning rate of the backbone (AdamW); it falls as (1 - progress)^0.9.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Factor on the learning rate of the classifier.</summary>
    public double HeadRateFactor { get; init; } = 1;

    /// <summary>Decoupled weight decay of convolutions.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Smallest random scale of a training picture's longer side, against <see cref="Size"/>.</summary>
    public double ScaleMin { get; init; } = 0.7;

    /// <summary>Largest random scale of a training picture's longer side, against <see cref="Size"/>.</summary>
    public double ScaleMax { get; init; } = 1.75;

    /// <summary>Strength of random changes of brightness, contrast and saturation, 0 to 1.</summary>
    public double Jitter { get; init; } = 0.4;

    /// <summary>Largest random turn of the colour circle, 0 to 0.5. Colour tells some classes apart.</summary>
    public double Hue { get; init; } = 0.05;

    /// <summary>float32, bfloat16 where it pays, or automatic.</summary>
    public Precision Precision { get; init; }

    /// <summary>Dilations of the four branches: 6, 12, 18, 24 at a crop of 321, in proportion at other sizes.</summary>
    public IReadOnlyList<int> Dilations() =>
        [.. new[] { 6, 12, 18, 24 }.Select(dilation => Math.Max(1, (int)Math.Round(dilation * Size / OriginalCrop)))];

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="RcaException">Lists every value out of range.</exception>
    public void Validate()
    {
        var ranges = new RangeCheck();
        ranges.OneOf("backbone", Backbone, Backbones.Backbone.Names);
        ranges.Within("width", Width, 0.125, 2);
        ranges.Within("epochs", Epochs, 1, 10_000);
        ranges.Within("batch", BatchSize, 1, 1024);
        ranges.Within("size", Size, 32, 2048);
        ranges.Within("learning rate", LearningRate, 1e-8, 10);
        ranges.Within("head rate factor", HeadRateFactor, 1e-3, 1000);
        ranges.Within("weight decay", WeightDecay, 0, 1);
        ranges.Within("smallest scale", ScaleMin, 0.1, 10);
        ranges.Within("largest scale", ScaleMax, ScaleMin, 10);
        ranges.Within("jitter", Jitter, 0, 1);
        ranges.Within("hue", Hue, 0, 0.5);
        ranges.ThrowIfAny("The training settings cannot be used");
    }
}

/// <summary>Settings of prediction.</summary>
public sealed record PredictionOptions
{
    /// <summary>Scales at which the network looks at a picture, 0.1 to 4 each.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [0.75, 1, 1.25];

    /// <summary>Also looks at the mirrored picture.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>The dense CRF that refines the probabilities (DeepLab-v2's kernels), or null for none.</summary>
    public DenseCrfOptions? Crf { get; init; } = new()
    {
        GaussianSxy = 1,
        GaussianWeight = 3,
        BilateralSxy = 67,
        BilateralSrgb = 3,
        BilateralWeight = 4,
    };

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="RcaException">Lists every value out of range.</exception>
    public void Validate()
    {
        var ranges = new RangeCheck();
        ranges.Within("number of scales", Scales.Count, 1, 20);
        foreach (double scale in Scales) ranges.Within("scale", scale, 0.1, 4);
        ranges.ThrowIfAny("The prediction settings cannot be used");
    }
}
