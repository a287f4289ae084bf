namespace Rca.Reporting;

/// <summary>The numbers of a run that advice follows from. What is null is not known.</summary>
public sealed record RunFigures
{
    /// <summary>Figures of each class, in order.</summary>
    public required IReadOnlyList<ClassFigures> Classes { get; init; }

    /// <summary>Train pictures, 1 or more.</summary>
    public required int TrainPictures { get; init; }

    /// <summary>Pictures kept for val.</summary>
    public int ValPictures { get; init; }

    /// <summary>Files that labelling and prediction could not read.</summary>
    public int Unreadable { get; init; }

    /// <summary>True where the classification network started from random weights; null where none was trained.</summary>
    public bool? FromNothing { get; init; }

    /// <summary>Mean average precision of the tags on the val pictures, 0 to 1.</summary>
    public double? TagPrecision { get; init; }

    /// <summary>Losses of the classification network, one for each epoch; empty where none was trained.</summary>
    public IReadOnlyList<double> Losses { get; init; } = [];

    /// <summary>Losses of the segmentation network.</summary>
    public IReadOnlyList<double> SegmentationLosses { get; init; } = [];

    /// <summary>Pictures with pseudo labels.</summary>
    public int Labelled { get; init; }

    /// <summary>Of these, the doubtful ones (<see cref="Evaluation.PictureOutcome.IsDoubtful"/>).</summary>
    public int Doubtful { get; init; }

    /// <summary>Of these, those that are ignored throughout, since almost nothing was found in them.</summary>
    public int IgnoredWhole { get; init; }

    /// <summary>Pictures whose prediction was compared with their pseudo label.</summary>
    public int Compared { get; init; }

    /// <summary>Of these, those where the two differ much (<see cref="RunAdvice.LeastAgreement"/>).</summary>
    public int Disagreeing { get; init; }

    /// <summary>Mean IoU of the maps with true masks, 0 to 1.</summary>
    public double? MapsIou { get; init; }

    /// <summary>Mean IoU of the pseudo labels with true masks, 0 to 1.</summary>
    public double? LabelsIou { get; init; }

    /// <summary>True where any predicted picture has a true mask.</summary>
    public bool PredictionsJudged { get; init; }

    /// <summary>True where the dense CRF refined the pseudo labels.</summary>
    public bool Crf { get; init; }

    /// <summary>Exponent of the background score of the pseudo labels.</summary>
    public double Alpha { get; init; } = new Labelling.LabellingOptions().Alpha;

    /// <summary>How much background counted where it was learnt; null where it followed from the formula.</summary>
    public double? BackgroundWeight { get; init; }

    /// <summary>Folder of the data set.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Folder of the pseudo labels.</summary>
    public string? LabelFolder { get; init; }

    /// <summary>Run folder of the classification network.</summary>
    public string? ClassificationFolder { get; init; }

    /// <summary>Run folder of the segmentation network.</summary>
    public string? SegmentationFolder { get; init; }
}

/// <summary>What is known of a class. What is null is not known.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tagged">Train pictures with its tag.</param>
public sealed record ClassFigures(string Name, int Tagged)
{
    /// <summary>The class that comes with it most often, and the share of its pictures that show both, above 0 to 1.</summary>
    public (string Name, double Share)? Companion { get; init; }

    /// <summary>Pictures that have its tag and were labelled.</summary>
    public int Labelled { get; init; }

    /// <summary>Of these, those where it got no pixel.</summary>
    public int WithoutPixels { get; init; }

    /// <summary>Its mean share of the area of those where it got some, above 0 to 1.</summary>
    public double? MeanShare { get; init; }

    /// <summary>Predicted pictures in which it occurs; null where nothing was predicted.</summary>
    public int? Predicted { get; init; }

    /// <summary>Its IoU with true masks, 0 to 1: of the predictions, or where these have no truth, of the pseudo labels.</summary>
    public double? Iou { get; init; }
}
