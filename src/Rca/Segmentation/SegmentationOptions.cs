using Rca.Classification;
using Rca.Imaging.Crf;
using Rca.Text;
using Rca.Training;

namespace Rca.Segmentation;

/// <summary>Settings of the segmentation network's training.</summary>
public sealed record SegmentationOptions : TrainingOptions
{
    /// <summary>Crop size that the original DeepLab-v2 dilations are made for.</summary>
    private const double OriginalCrop = 321;

    /// <summary>The usual settings.</summary>
    public SegmentationOptions() =>
        (Epochs, Schedule, MatrixRate, ScaleMin, ScaleMax, Jitter, Hue) = (25, ScheduleKind.Polynomial, 0.002, 0.7, 1.75, 0.4, 0.05);

    /// <summary>
    /// Averages the loss over the scales 0.5, 0.75 and 1 and their maximum, as the original does. It takes nearly twice the time and memory.
    /// </summary>
    public bool MultiScaleLoss { get; init; }

    /// <summary>
    /// The factor on background's probability when the trained network decides labels, 0.01 to 100. With 1, as in DeepLab-v2, most pixels are
    /// right; less helps if the labels that it learnt from show too little of the objects.
    /// </summary>
    public double BackgroundWeight { get; init; } = 1;

    /// <summary>These settings for photographs and a backbone that starts from public weights: few epochs at small rates.</summary>
    /// <param name="source">A name or a file; a name that a backbone's description lists chooses the backbone too.</param>
    public SegmentationOptions FromWeights(string source) => ForTrained(BackboneFor(source), 1) with { Weights = source, Epochs = 6 };

    /// <summary>The same for a network that starts from a classification network, which started from public weights.</summary>
    /// <param name="network">Settings of the classification network.</param>
    public SegmentationOptions AfterWeights(ClassificationOptions network) => ForTrained(network.Backbone, network.Width);

    private SegmentationOptions ForTrained(string backbone, double width) => this with
    {
        Backbone = backbone, Width = width, OutputStride = 16, FreezeNormalization = true, FrozenStages = Backbones.Backbone.Describe(backbone).UsualFrozenStages,
        Size = 256, Epochs = 3, BatchSize = 8, StartShare = 0, MatrixRate = 0, LearningRate = 1e-4, HeadRateFactor = 3,
    };

    private protected override void Check(RangeCheck ranges) => ranges.BackgroundWeight(BackgroundWeight);

    /// <summary>Dilations of the four branches: 6, 12, 18, 24 at a crop of 321 and output stride 8, in proportion elsewhere.</summary>
    public IReadOnlyList<int> Dilations() =>
        [.. new[] { 6, 12, 18, 24 }.Select(dilation => Math.Max(1, (int)Math.Round(dilation * Size / OriginalCrop * 8 / OutputStride)))];
}

/// <summary>Settings of prediction.</summary>
public sealed record PredictionOptions
{
    /// <summary>Scales at which the network looks at a picture, 0.1 to 4 each.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [0.75, 1, 1.25];

    /// <summary>Also looks at the mirrored picture.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>The factor on background's probability, 0.01 to 100; null takes the network's (<see cref="SegmentationOptions.BackgroundWeight"/>).</summary>
    public double? BackgroundWeight { get; init; }

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
        if (BackgroundWeight is { } weight) ranges.BackgroundWeight(weight);
        if (Crf is not null) ranges.Within(Crf);
        ranges.ThrowIfAny("The prediction settings cannot be used");
    }
}
