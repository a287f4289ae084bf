using System.Globalization;
using Rca.Data;
using Rca.Evaluation;

namespace Rca.Reporting;

/// <summary>The outcome of a run in plain words.</summary>
internal static class OutcomeText
{
    public static string Of(FinishedRun run, RunFigures figures)
    {
        var sentences = new List<string>();
        int tagged = run.Data.Images.Count(static image => image.Split == Split.Train && image.Tags.Count > 0);
        if (run.Classification is not null)
            sentences.Add($"{RunAdvice.Count(tagged, "tagged picture")} of {Classes(run.Data.Classes)} taught a classification network; no mask was shown to it.");
        if (run.Labels is { Result: var labels })
            sentences.Add($"It turned the tags of {RunAdvice.Count(labels.Pictures, "picture")} into masks" + (figures.LabelsIou is { } iou
                ? Text($", which agree with the true masks at mean IoU {iou:0.00}.")
                : ". There are no true masks of them to compare with" + (figures.Doubtful > 0 ? $"; {figures.Doubtful} look doubtful without any." : ", and none looks doubtful without any.")));
        if (run.Refined is { Result.Evaluation: var refined })
            sentences.Add("A segmentation network that learnt from them labelled the pictures anew under their tags" + (refined is null ? "." : Text($", at mean IoU {refined.MeanIou:0.00}.")));
        if (run.Segmentation is not null)
            sentences.Add($"A segmentation network learnt from {(run.Labels is null ? "label maps" : "these masks")} and needs no tags" + (run.Predictions.Count == 0 ? "."
                : ": it predicted " + string.Join(", ", run.Predictions.Select(Part)) + "."));
        return sentences.Count == 0 ? "Nothing has been made yet." : string.Join(" ", sentences);
    }

    private static string Part(MadePredictions part) =>
        $"{RunAdvice.Count(part.Result.Pictures, "picture")} ({part.Name})" + (part.Result.Evaluation is { MeanIou: { } iou } ? Text($" at mean IoU {iou:0.00}") : "");

    private static string Classes(IReadOnlyList<string> classes) => classes.Count == 1 ? "one class" : $"{classes.Count} classes";

    /// <summary>The figures to see first, at most six.</summary>
    public static IEnumerable<Headline> Headlines(FinishedRun run, RunFigures figures)
    {
        IEnumerable<Headline> Of()
        {
            if (run.Labels?.Result is { } labels)
            {
                if (labels.Labels is { } report)
                    yield return new Headline("Pseudo labels, mIoU", report.MeanIou, Text($"With {Masks(report)} after the CRF. Before it: {labels.Maps?.MeanIou:0.00}."));
                else
                    yield return new Headline("Pictures labelled", Text($"{labels.Pictures}"), "There are no true masks of them.");
            }
            if (run.Refined?.Result.Evaluation is { } refined)
                yield return new Headline("Refined labels, mIoU", refined.MeanIou, "Of the same pictures, from a segmentation network under the tags.");
            foreach (MadePredictions part in run.Predictions)
                yield return part.Result.Evaluation is { } report
                    ? new Headline($"Predictions of {part.Name}, mIoU", report.MeanIou, part.Explanation ?? $"With {Masks(report)}; background counts as a class.")
                    : new Headline($"Predictions of {part.Name}", Text($"{part.Result.Pictures}"), part.Explanation ?? "Pictures; there are no true masks of them.");
            if (run.Labels is not null)
                yield return new Headline("Doubtful labels", Text($"{figures.Doubtful}"), $"Of {figures.Labelled}; they need a look, true masks or not.");
            if (figures.TagPrecision is { } precision)
                yield return new Headline("Tags found on val, mAP", precision, "How well the classification network tells what a picture shows.");
        }
        return Of().Take(6);
    }

    private static string Masks(EvaluationReport report) => $"{RunAdvice.Count(report.Images, "true mask")}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
