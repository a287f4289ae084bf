namespace Rca.Evaluation;

/// <summary>The figures of one comparison of masks.</summary>
/// <param name="MeanIou">
/// Mean of the IoU of all labels (background included, as in PASCAL VOC) that occur in the truth or in the prediction; null where none does.
/// </param>
/// <param name="PixelAccuracy">Correct pixels by counted pixels, 0 to 1; null where no pixel counts.</param>
/// <param name="Labels">The labels that occur in the truth or in the prediction, background first.</param>
/// <param name="Images">Masks compared.</param>
/// <param name="CountedPixels">Pixels that were counted.</param>
/// <param name="IgnoredInTruth">Pixels left out because the truth ignores them.</param>
/// <param name="IgnoredAtBoundary">Pixels left out because they lie in the band along true borders.</param>
/// <param name="IgnoredInPrediction">Pixels of the counted truth that the prediction ignores; <paramref name="Rule"/> says what became of them.</param>
/// <param name="Rule">In words: how ignored pixels, borders and absent classes were handled.</param>
public sealed record EvaluationReport(
    double? MeanIou,
    double? PixelAccuracy,
    IReadOnlyList<LabelScore> Labels,
    int Images,
    long CountedPixels,
    long IgnoredInTruth,
    long IgnoredAtBoundary,
    long IgnoredInPrediction,
    string Rule);

/// <summary>The figures of one label.</summary>
/// <param name="Label">0 background, c + 1 for class c.</param>
/// <param name="Name">The class's name, "background", or "class n" where no names were given.</param>
/// <param name="Iou">True positives / (true positives + false positives + false negatives), 0 to 1.</param>
/// <param name="TruePixels">Counted pixels with this label in the truth.</param>
/// <param name="PredictedPixels">Counted pixels with this label in the prediction.</param>
public sealed record LabelScore(int Label, string Name, double Iou, long TruePixels, long PredictedPixels);
