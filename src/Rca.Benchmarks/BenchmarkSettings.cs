using Rca.Classification;
using Rca.Labelling;
using Rca.Presets;
using Rca.Segmentation;

namespace Rca.Benchmarks;

/// <summary>What is measured, at which sizes and for how long. The defaults are those of <c>./rca bench</c>, so that its figures compare.</summary>
public sealed record BenchmarkSettings
{
    private static readonly Preset Paper = Preset.Named("voc-paper-vgg16");

    /// <summary>Width of all pictures and masks: that of most of PASCAL VOC.</summary>
    public int Width { get; init; } = 500;

    /// <summary>Their height.</summary>
    public int Height { get; init; } = 375;

    /// <summary>Pictures read in turn by the input.</summary>
    public int Pictures { get; init; } = 64;

    /// <summary>Pairs of masks compared in turn.</summary>
    public int Masks { get; init; } = 200;

    /// <summary>Numbers of labels of the dense CRF.</summary>
    public IReadOnlyList<int> CrfLabels { get; init; } = [3, 21];

    /// <summary>Pictures whose regions are contrasted.</summary>
    public int MethodPictures { get; init; } = 16;

    /// <summary>Channels of the vectors in the memory, D: VGG16's.</summary>
    public int Channels { get; init; } = 512;

    /// <summary>The network that <c>train</c> makes by default.</summary>
    public ClassificationOptions Usual { get; init; } = new();

    /// <summary>The paper's, with a batch of 2 in place of 8: the time of a picture hardly depends on it, but the time of the whole bench does.</summary>
    public ClassificationOptions Published { get; init; } = Paper.Classification with { BatchSize = 2 };

    /// <summary>How the paper's network labels.</summary>
    public LabellingOptions Labelling { get; init; } = Paper.Labelling;

    /// <summary>The network that <c>segment</c> makes by default.</summary>
    public SegmentationOptions Segmentation { get; init; } = new();

    /// <summary>How it predicts.</summary>
    public PredictionOptions Prediction { get; init; } = new();

    /// <summary>Seconds for a row whose work takes well below a second; one run at least, and mostly two.</summary>
    public double ShortSeconds { get; init; } = 3;

    /// <summary>Seconds for a row whose work takes many seconds on a processor; likewise.</summary>
    public double LongSeconds { get; init; } = 25;

    /// <summary>Most repeats of one piece of work.</summary>
    public int MostRepeats { get; init; } = 30;
}
