using System.Globalization;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;

namespace Rca.Reporting;

/// <summary>Chooses the pictures worth looking at, and reads what the stages wrote about them.</summary>
internal sealed class GalleryBuilder(FinishedRun run)
{
    /// <summary>Pictures in a gallery, or in each half of one.</summary>
    public const int Most = 8, Half = 4;

    /// <summary>Longer side of what is kept of a picture, in pixels; the page shows it smaller still.</summary>
    private const int Side = 400;

    private readonly PictureOutcome[] _labelled = [.. run.Labels?.Result.Outcomes ?? []];
    private readonly PictureOutcome[] _predicted = [.. run.Predictions.SelectMany(static part => part.Result.Outcomes)];

    public IEnumerable<Gallery> Build(CancellationToken cancellation)
    {
        bool labels = _labelled.Length > 0;
        var chosen = new (string Title, string Note, IEnumerable<(PictureOutcome, string)> Pictures)[]
        {
            ("Most doubtful", $"Nothing here needs a true mask: tags that got no pixels, labels that are mostly ignored, labels that no score clearly wins. "
                + $"Look here first for wrong tags. {(labels ? RunReport.LabelsName : RunReport.PredictionsName)} beside this page lists all pictures.", Doubtful(labels ? _labelled : _predicted)),
            ("Where the two networks disagree", "Predictions that differ most from the pseudo label of the same picture.", Disagreeing()),
            ("Pseudo labels: worst and best", "By mean IoU with the true masks, which influenced nothing.", WorstAndBest(_labelled)),
            ("Predictions: worst and best", "By mean IoU with the true masks.", WorstAndBest(_predicted)),
            ("Pictures without tags", "What the segmentation network makes of pictures of which nothing was said; different classes first.", Untagged()),
        };
        foreach (var (title, note, pictures) in chosen)
        {
            var examples = new List<Example>();
            foreach (var (outcome, why) in pictures)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Read(outcome, why) is { } example) examples.Add(example);
            }
            if (examples.Count > 0) yield return new Gallery(title, note, examples);
        }
    }

    /// <summary>At most half are pictures that are certainly wrong, the rest are chosen by doubt.</summary>
    internal static IEnumerable<(PictureOutcome, string)> Doubtful(PictureOutcome[] outcomes, IReadOnlyList<string> classes)
    {
        PictureOutcome[] byDoubt = [.. outcomes.OrderByDescending(static outcome => outcome.Doubt)];
        PictureOutcome[] wrong = [.. byDoubt.Where(static outcome => outcome.Ignored >= PictureOutcome.IgnoredFrom || outcome.TagsWithoutPixels.Any()).Take(Half)];
        return wrong.Concat(byDoubt.Where(static outcome => outcome.Doubt > 0).Except(wrong).Take(Most - wrong.Length)).Select(outcome => (outcome, Why(outcome, classes)));
    }

    private IEnumerable<(PictureOutcome, string)> Doubtful(PictureOutcome[] outcomes) => Doubtful(outcomes, run.Data.Classes);

    private static string Why(PictureOutcome outcome, IReadOnlyList<string> classes)
    {
        List<string> reasons = [Text($"doubt {outcome.Doubt:0.00}")];
        if (outcome.Ignored > 0) reasons.Add(Text($"{100 * outcome.Ignored:0} % ignored"));
        string[] without = [.. outcome.TagsWithoutPixels.Select(tag => classes[tag])];
        if (without.Length > 0) reasons.Add($"no pixels for {string.Join(", ", without)}");
        return string.Join("; ", reasons);
    }

    private IEnumerable<(PictureOutcome, string)> Disagreeing() =>
        from outcome in run.PredictionsAndRefined.SelectMany(static part => part.Result.Outcomes).Where(static outcome => outcome.Agreement < RunAdvice.LeastAgreement).OrderBy(static outcome => outcome.Agreement).Take(Half)
        select (outcome, Text($"agreement {outcome.Agreement:0.00}"));

    private static IEnumerable<(PictureOutcome, string)> WorstAndBest(PictureOutcome[] outcomes)
    {
        PictureOutcome[] judged = [.. outcomes.Where(static outcome => outcome.Iou is not null).OrderBy(static outcome => outcome.Iou)];
        int half = Math.Min(Half, judged.Length / 2);
        return judged.Take(judged.Length == 1 ? 1 : half).Select(static outcome => (outcome, Text($"worst: mean IoU {outcome.Iou:0.00}")))
            .Concat(judged.TakeLast(half).Reverse().Select(static outcome => (outcome, Text($"best: mean IoU {outcome.Iou:0.00}"))));
    }

    /// <summary>One picture in turn for each class, by the class that fills most of it, the least doubtful first.</summary>
    private IEnumerable<(PictureOutcome, string)> Untagged() => _predicted
        .Where(static outcome => outcome.Image is { Tags.Count: 0, HasMask: false })
        .GroupBy(static outcome => outcome.Shares.Where(static share => share.Label > 0).OrderByDescending(static share => share.Share).FirstOrDefault().Label)
        .SelectMany(static group => group.OrderByDescending(static outcome => outcome.Foreground).Select((outcome, turn) => (outcome, turn, Label: group.Key)))
        .OrderBy(static item => item.Label == 0).ThenBy(static item => item.turn).ThenBy(static item => item.Label)
        .Take(Most)
        .Select(item => (item.outcome, string.Join(", ", item.outcome.Shares.Where(static share => share.Label > 0).OrderByDescending(static share => share.Share).Take(3)
            .Select(share => $"{run.Data.Classes[share.Label - 1]} {(share.Share < 0.01 ? "below 1" : Text($"{100 * share.Share:0}"))} %").DefaultIfEmpty("nothing found"))));

    /// <summary>The picture with its masks; null where it cannot be read.</summary>
    private Example? Read(PictureOutcome outcome, string note)
    {
        try
        {
            Picture picture = PictureFile.ReadRgb(outcome.Image.Path);
            var (width, height) = Augmentation.FitLongerSide(picture.Width, picture.Height, Math.Min(Side, Math.Max(picture.Width, picture.Height)));
            TaggedImage image = outcome.Image;
            MadePredictions? part = run.PredictionsAndRefined.FirstOrDefault(part => part.Result.Outcomes.Any(other => other.Image.Path == image.Path));
            return new Example(image.Name, image.Split, image.Tags, Resampler.Resize(picture, width, height))
            {
                Note = note,
                PseudoLabel = run.Labels is { } labels && _labelled.Any(other => other.Image.Path == image.Path) ? ReadMask(labels.Folder) : null,
                Prediction = part is null ? null : ReadMask(part.Folder),
                Truth = Fit(TryRead(image.ReadMask)),
            };

            LabelMap? ReadMask(string folder) => Fit(TryRead(() => LabelFile.Read(Path.Combine(folder, image.MaskName))));

            LabelMap? Fit(LabelMap? mask) =>
                mask is not null && (mask.Width, mask.Height) == (picture.Width, picture.Height) ? Resampler.Resize(mask, width, height) : null;
        }
        catch (PictureException)
        {
            return null;
        }
    }

    private static LabelMap? TryRead(Func<LabelMap?> read)
    {
        try
        {
            return read();
        }
        catch (PictureException)
        {
            return null;
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
