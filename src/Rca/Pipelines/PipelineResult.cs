using Rca.Classification;
using Rca.Labelling;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Pipelines;

/// <summary>What a whole run achieved; the content of <c>summary.json</c>. IoU figures are 0 to 1, and null without true masks.</summary>
/// <param name="MapsMiou">Activation maps of the train pictures against their true masks, before the CRF.</param>
/// <param name="PseudoLabelMiou">Pseudo labels of the train pictures.</param>
/// <param name="RefinedLabelMiou">Labels of the train pictures after refinement; null without it.</param>
/// <param name="SegmentationValMiou">Predictions of the val pictures.</param>
/// <param name="SegmentationTestMiou">Predictions of the test pictures.</param>
/// <param name="Seconds">Time of each stage of this start, in order.</param>
/// <param name="Versions">What computed it.</param>
/// <param name="CommandLine">What was typed.</param>
public sealed record PipelineSummary(
    double? MapsMiou, double? PseudoLabelMiou, double? RefinedLabelMiou, double? SegmentationValMiou, double? SegmentationTestMiou,
    IReadOnlyDictionary<string, double> Seconds, RunVersions Versions, string CommandLine);

/// <summary>The result of a run of all stages.</summary>
/// <param name="Summary">The figures.</param>
/// <param name="Trained">The classification network's training.</param>
/// <param name="Labelled">The pseudo labels.</param>
/// <param name="Taught">The segmentation networks' trainings: the first, and one after each refinement.</param>
/// <param name="Predicted">The predictions of each part that there is: "val", "test" and "untagged".</param>
public sealed record PipelineResult(
    PipelineSummary Summary, TrainingResult Trained, LabellingResult Labelled, IReadOnlyList<SegmentationResult> Taught, IReadOnlyDictionary<string, PredictionResult> Predicted)
{
    /// <summary>The refined pseudo labels, one result for each refinement.</summary>
    public IReadOnlyList<PredictionResult> Refined { get; init; } = [];

    /// <summary>Files that could not be read in any stage, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => new[] { Trained.Unreadable, Labelled.Unreadable }
        .Concat(Taught.Select(static network => network.Unreadable))
        .Concat(Refined.Concat(Predicted.Values).Select(static part => part.Unreadable)).SelectMany(static files => files)
        .DistinctBy(static file => file.Key).ToDictionary();
}
