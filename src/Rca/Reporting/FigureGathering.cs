using Rca.Data;
using Rca.Evaluation;
using Rca.Training;

namespace Rca.Reporting;

/// <summary>Counts the figures for the advice and the table of classes.</summary>
internal static class FigureGathering
{
    /// <summary>The figures of a run, in one pass over its pictures.</summary>
    public static RunFigures Of(FinishedRun run)
    {
        IReadOnlyList<PictureOutcome> labelled = run.Labels?.Result.Outcomes ?? [];
        PictureOutcome[] compared = [.. run.PredictionsAndRefined.SelectMany(static part => part.Result.Outcomes).Where(static outcome => outcome.Agreement is not null)];
        IReadOnlyList<Curve> curves = Metrics(run.Classification?.Run), segmentationCurves = Metrics(run.Segmentation?.Run);
        return new RunFigures
        {
            Classes = ClassesOf(run),
            TrainPictures = run.Data.Images.Count(static image => image.Split == Split.Train),
            ValPictures = run.Data.Images.Count(static image => image.Split == Split.Val),
            Unreadable = run.PredictionsAndRefined.SelectMany(static part => part.Result.Unreadable.Keys).Concat(run.Labels?.Result.Unreadable.Keys ?? []).Distinct().Count(),
            FromNothing = run.Classification is { } network ? network.Options.Weights is null : null,
            TagPrecision = Finite(curves, "val_tag_precision") is { Count: > 0 } precisions ? precisions[^1] : null,
            Losses = Finite(curves, "loss"),
            SegmentationLosses = run.Refined is null ? Finite(segmentationCurves, "loss") : [], // more epochs would teach it the labels' mistakes
            Labelled = labelled.Count,
            Doubtful = labelled.Count(static outcome => outcome.IsDoubtful),
            IgnoredWhole = labelled.Count(static outcome => outcome.Ignored >= 1),
            Compared = compared.Length,
            Disagreeing = compared.Count(static outcome => outcome.Agreement < RunAdvice.LeastAgreement),
            MapsIou = run.Labels?.Result.Maps?.MeanIou,
            LabelsIou = run.Labels?.Result.Labels?.MeanIou,
            PredictionsJudged = run.Predictions.Any(static part => part.Result.Evaluation is not null),
            Crf = run.Labels?.Options.Crf is not null,
            Alpha = run.Labels?.Options.Alpha ?? new Labelling.LabellingOptions().Alpha,
            BackgroundWeight = run.Labels?.Options.Background?.Weight,
            DataFolder = run.Data.Root,
            LabelFolder = run.Refined?.Folder ?? run.Labels?.Folder,
            ClassificationFolder = run.Classification?.Run.Path,
            SegmentationFolder = run.Segmentation?.Run.Path,
        };
    }

    private static ClassFigures[] ClassesOf(FinishedRun run)
    {
        int classes = run.Data.Classes.Count;
        var (tagged, labelled, without, predicted, shares) = (new int[classes], new int[classes], new int[classes], new int[classes], new double[classes]);
        var together = new Dictionary<(int, int), int>();
        foreach (TaggedImage image in run.Data.Images.Where(static image => image.Split == Split.Train))
            foreach (int tag in image.Tags)
            {
                tagged[tag]++;
                foreach (int other in image.Tags)
                    if (other != tag) together[(tag, other)] = together.GetValueOrDefault((tag, other)) + 1;
            }
        foreach (PictureOutcome outcome in run.Labels?.Result.Outcomes ?? [])
            foreach (int tag in outcome.Image.Tags)
            {
                double share = outcome.ShareOf(tag + 1);
                labelled[tag]++;
                shares[tag] += share;
                if (share == 0) without[tag]++;
            }
        foreach (LabelShare share in run.Predictions.SelectMany(static part => part.Result.Outcomes).SelectMany(static outcome => outcome.Shares))
            if (share.Label > 0) predicted[share.Label - 1]++;
        var companions = together.GroupBy(static pair => pair.Key.Item1, static pair => (Other: pair.Key.Item2, Count: pair.Value))
            .ToDictionary(static group => group.Key, static group => group.MaxBy(static pair => pair.Count));
        EvaluationReport? judged = run.Predictions.Select(static part => part.Result.Evaluation).FirstOrDefault(static report => report is not null) ?? run.Labels?.Result.Labels;
        var ious = judged?.Labels.Where(static score => score.TruePixels > 0).ToDictionary(static score => score.Label, static score => score.Iou) ?? [];
        return [.. run.Data.Classes.Select((name, c) => new ClassFigures(name, tagged[c])
        {
            Companion = companions.TryGetValue(c, out var most) ? (run.Data.Classes[most.Other], (double)most.Count / tagged[c]) : null,
            Labelled = labelled[c],
            WithoutPixels = without[c],
            MeanShare = labelled[c] > without[c] ? shares[c] / (labelled[c] - without[c]) : null,
            Predicted = run.Predictions.Count > 0 ? predicted[c] : null,
            Iou = ious.TryGetValue(c + 1, out double iou) ? iou : null,
        })];
    }

    private static IReadOnlyList<Curve> Metrics(RunFolder? run) => run is null ? [] : MetricsFile.Read(run.MetricsPath);

    private static IReadOnlyList<double> Finite(IReadOnlyList<Curve> curves, string name) =>
        [.. curves.Where(curve => curve.Name == name).SelectMany(static curve => curve.Points).Select(static point => point.Value).Where(double.IsFinite)];
}
