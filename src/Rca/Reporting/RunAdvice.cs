using System.Globalization;

namespace Rca.Reporting;

/// <summary>
/// Derives what to do next from the numbers of a run: first what prevents a result, then data, training, labels, and the commands that follow.
/// The thresholds are rules of thumb, to be read as "look here first".
/// </summary>
public static class RunAdvice
{
    /// <summary>A class on fewer train pictures is not learnt well.</summary>
    public const int FewPictures = 20;

    /// <summary>Share of the train pictures from which a class is on nearly all: nothing shows what a picture without it looks like.</summary>
    public const double OnNearlyAll = 0.9;

    /// <summary>Share of a class's pictures that show a second class too, from which tags cannot tell the two apart.</summary>
    public const double NearlyAlwaysTogether = 0.9;

    /// <summary>Share of a class's labelled pictures without a pixel of it, from which its tag is often lost.</summary>
    public const double OftenWithoutPixels = 0.2;

    /// <summary>Pictures that a share must rest on: fewer say little.</summary>
    public const int LeastPictures = 5;

    /// <summary>Share of the pictures ignored as a whole from which labelling loses many.</summary>
    public const double ManyIgnored = 0.1;

    /// <summary>Mean share of the area from which masks of a class probably spill into the background.</summary>
    public const double LargeShare = 0.75;

    /// <summary>Epochs below which a run is a first look; from public weights fewer are enough.</summary>
    public const int FewEpochs = 5;

    /// <summary>The same for networks that started from public weights.</summary>
    public const int FewEpochsFromWeights = 3;

    /// <summary>Fall of the loss from the last tenth of the epochs but one to the last, from which it was still falling.</summary>
    public const double StillFalling = 0.08;

    /// <summary>Mean average precision of the tags on val below which maps are poor.</summary>
    public const double LeastTagPrecision = 0.6;

    /// <summary>Loss of mean IoU by the CRF from which it does harm.</summary>
    public const double CrfHarm = 0.02;

    /// <summary>IoU with the truth below which a class is poor.</summary>
    public const double PoorIou = 0.3;

    /// <summary>Mean IoU of prediction and pseudo label below which the two differ much.</summary>
    public const double LeastAgreement = 0.5;

    private const int Named = 5;

    /// <summary>All advice that follows from the figures; at least one piece.</summary>
    public static IReadOnlyList<Advice> Of(RunFigures run) =>
        [.. Files(run), .. Tags(run), .. Training(run), .. Labels(run), .. Truth(run), .. Commands(run)];

    private static IEnumerable<Advice> Files(RunFigures run)
    {
        if (run.Unreadable > 0)
            yield return new Advice($"{Count(run.Unreadable, "file")} could not be read", "They were left out. The checker names them and says why.", $"./rca check {Shell(run.DataFolder)}");
    }

    private static IEnumerable<Advice> Tags(RunFigures run)
    {
        ClassFigures[] few = [.. run.Classes.Where(static c => c.Tagged < FewPictures).OrderBy(static c => c.Tagged)];
        if (few.Length > 0)
            yield return new Advice("Few pictures of some classes",
                $"{Names(few.Select(static c => $"{c.Name} ({c.Tagged})"))}: below {FewPictures} train pictures a class is not learnt well. Add tagged pictures; nothing else helps as much.");

        ClassFigures[] everywhere = run.TrainPictures < LeastPictures ? [] : [.. run.Classes.Where(c => c.Tagged >= OnNearlyAll * run.TrainPictures)];
        if (everywhere.Length > 0)
            yield return new Advice("A class is on nearly every picture",
                $"{Names(everywhere.Select(static c => c.Name))}: the network learns what makes a picture differ from those without the class. Add pictures that do not show it; their tags may be empty.");

        ClassFigures[] together = [.. run.Classes.Where(static c => c.Tagged >= LeastPictures && c.Companion is { Share: >= NearlyAlwaysTogether }).Except(everywhere)];
        if (together.Length > 0)
            yield return new Advice("Some classes nearly always come with another",
                $"{Names(together.Select(static c => $"{c.Name} with {c.Companion!.Value.Name}"))}: tags cannot tell such things apart, and their masks may be mixed up. Add pictures of one without the other.");
    }

    private static IEnumerable<Advice> Training(RunFigures run)
    {
        if (run.FromNothing == true)
            yield return new Advice("The network started from random weights",
                "For photographs, public ImageNet weights usually give much better masks. The first command lists those that can be had without an account; --weights takes their name or file.",
                "./rca weights list");
        if (run.TagPrecision < LeastTagPrecision)
            yield return new Advice("The tags of the val pictures are not found well",
                $"Mean average precision {Two(run.TagPrecision.Value)}, where {Two(LeastTagPrecision)} is a fair start. Maps cannot be better than this: more pictures, more epochs or better tags come before any other setting.");
        if (Unfinished(run, run.Losses) is { } found && run.ClassificationFolder is { } classification)
            yield return Longer("classification", found,
                $"./rca train {Shell(run.DataFolder)} --out {Shell(Longer(classification))} --epochs {More(run.Losses)}");
        if (Unfinished(run, run.SegmentationLosses) is { } other && run is { SegmentationFolder: { } segmentation, LabelFolder: { } labels })
            yield return Longer("segmentation", other,
                $"./rca segment {Shell(run.DataFolder)} --labels {Shell(labels)}{From(run)} --out {Shell(Longer(segmentation))} --epochs {More(run.SegmentationLosses)}");
    }

    private static Advice Longer(string network, string found, string command) => new(
        $"The {network} network has not learnt to the end",
        $"{found} Train longer, into another folder, for the learning rate's schedule spans a whole run. Add the other options of this run, which stand at the end of the page.",
        command);

    private static int More(IReadOnlyList<double> losses) => Math.Max(2 * losses.Count, 2 * FewEpochs);

    /// <summary>Why more epochs would help; null where the losses do not say so.</summary>
    private static string? Unfinished(RunFigures run, IReadOnlyList<double> losses)
    {
        if (losses.Count == 0) return null;
        bool fromWeights = run.FromNothing == false;
        if (losses.Count < (fromWeights ? FewEpochsFromWeights : FewEpochs)) return $"{Count(losses.Count, "epoch")} {(losses.Count == 1 ? "is" : "are")} a first look.";
        // In a few epochs the rate falls from its peak to nearly 0, so the loss always drops at the end: that says nothing.
        if (fromWeights && losses.Count < 2 * FewEpochs) return null;
        int tenth = Math.Max(1, losses.Count / 10);
        double before = losses.Skip(losses.Count - 2 * tenth).Take(tenth).Average(), last = losses.TakeLast(tenth).Average();
        return before - last >= StillFalling * Math.Abs(before) ? $"Its loss was still falling, from {Three(before)} to {Three(last)} at the end." : null;
    }

    private static IEnumerable<Advice> Labels(RunFigures run)
    {
        if (run.Labelled == 0) yield break;
        ClassFigures[] lost = [.. run.Classes.Where(static c => c.Labelled >= LeastPictures && c.WithoutPixels >= OftenWithoutPixels * c.Labelled).OrderByDescending(static c => (double)c.WithoutPixels / c.Labelled)];
        if (lost.Length > 0)
            yield return new Advice("Some tags often got no pixels",
                $"{Names(lost.Select(static c => $"{c.Name} (in {c.WithoutPixels} of {c.Labelled} pictures)"))}: the class was tagged and its label is nowhere. Look whether it can be seen there at all; small things need larger pictures (--size).");
        if (run.IgnoredWhole >= Math.Max(1, ManyIgnored * run.Labelled))
            yield return new Advice($"{Count(run.IgnoredWhole, "picture")} came out as ignore throughout",
                $"Less than 1 % of such a picture was found to be an object, so nobody learns from it. Check the tags; {(run.BackgroundWeight is null ? "a larger --alpha" : "a lower weight of background")} makes less background.", Relabel(run, 2));
        ClassFigures[] large = [.. run.Classes.Where(static c => c.Labelled >= LeastPictures && c.MeanShare >= LargeShare)];
        if (large.Length > 0)
            yield return new Advice("Masks of some classes fill nearly the whole picture",
                $"{Names(large.Select(static c => $"{c.Name} ({Percent(c.MeanShare!.Value)})"))}: unless the things are so large, the masks spill into the background. {(run.BackgroundWeight is null ? "A smaller --alpha" : "A higher weight of background")} makes more background.", Relabel(run, 0.5));
        if (run.MapsIou - run.LabelsIou >= CrfHarm && run.Crf)
            yield return new Advice("The CRF made the labels worse",
                $"Mean IoU {Two(run.MapsIou!.Value)} before it and {Two(run.LabelsIou!.Value)} after. Label without it and compare.", Relabel(run, null));
        if (run.Doubtful > 0 && run.LabelFolder is { } folder)
            yield return new Advice($"{Count(run.Doubtful, "doubtful label")} of {run.Labelled}",
                $"The worst are below; labels.csv lists all, the most doubtful first. Wrong tags are the usual cause. A few dozen labels corrected by hand help more than any setting: save them over those in {folder} as PNGs of the same size, then train the segmentation network again.");
        if (run.Disagreeing > 0)
            yield return new Advice($"The two networks disagree on {Count(run.Disagreeing, "picture")} of {run.Compared}",
                $"Prediction and pseudo label agree at mean IoU below {Two(LeastAgreement)}. One of them is wrong: these pictures are the next best to look at.");
    }

    private static IEnumerable<Advice> Truth(RunFigures run)
    {
        ClassFigures[] poor = [.. run.Classes.Where(static c => c.Iou < PoorIou).OrderBy(static c => c.Iou)];
        if (poor.Length > 0)
            yield return new Advice("Some classes are found poorly",
                $"{Names(poor.Select(static c => $"{c.Name} ({Two(c.Iou!.Value)})"))}: IoU below {Two(PoorIou)}. Look for them among the worst pictures: tags, size and company of the class usually say why.");
        if (run.ValPictures == 0)
            yield return new Advice("No pictures were kept for val",
                "Nothing shows how the network does on pictures that it has not learnt from. Give about a tenth of the pictures the split val.");
        if (run.LabelsIou is null && !run.PredictionsJudged)
            yield return new Advice("There are no true masks",
                $"Nobody knows how good the masks are. Draw masks for a few dozen pictures of val, put them into {Path.Combine(run.DataFolder, "masks")} at the pictures' paths, as PNGs, and evaluate.");
    }

    private static IEnumerable<Advice> Commands(RunFigures run)
    {
        if (run.SegmentationFolder is { } network)
            yield return new Advice("Use the network", "It makes masks of any pictures of these classes, without tags.", $"./rca predict {Shell(network)} PICTURES --out predictions");
        else if (run is { LabelFolder: { } labels, Labelled: > 0 })
            yield return new Advice("Train the network that needs no tags", "It learns from the pseudo labels and smooths out mistakes that they do not share.",
                $"./rca segment {Shell(run.DataFolder)} --labels {Shell(labels)}{From(run)} --out {Shell(labels.TrimEnd('/') + "-segmentation")}");
        else if (run.ClassificationFolder is { } classification)
            yield return new Advice("Label the pictures", "The network turns tags into masks.",
                $"./rca label {Shell(classification)} {Shell(run.DataFolder)} --out {Shell(classification.TrimEnd('/') + "-labels")}");
        else
            yield return new Advice("Check the pictures and train", "The checker says whether training could start.", $"./rca check {Shell(run.DataFolder)}");
    }

    /// <summary>Labels again beside the present ones: with so many times less background, or without the CRF.</summary>
    private static string? Relabel(RunFigures run, double? factor) => run is { ClassificationFolder: { } network, LabelFolder: { } labels }
        ? $"./rca label {Shell(network)} {Shell(run.DataFolder)} --out {Shell(labels.TrimEnd('/') + "-again")} "
            + (factor is not { } by ? "--no-crf"
                : run.BackgroundWeight is { } weight ? string.Create(CultureInfo.InvariantCulture, $"--set background.weight={Math.Clamp(weight / by, 0.01, 100):0.###}")
                : string.Create(CultureInfo.InvariantCulture, $"{(run.FromNothing == false ? "--set background=null " : "")}--alpha {Math.Clamp(run.Alpha * by, 0.1, 100):0.###}"))
        : null;

    private static string From(RunFigures run) => run.ClassificationFolder is { } start ? $" --backbone-from {Shell(start)}" : "";

    private static string Longer(string folder) => $"{folder.TrimEnd('/')}-longer";

    private static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(Named)) + (all.Length > Named ? $" and {all.Length - Named} more" : "");
    }

    internal static string Count(int count, string thing) => $"{count} {thing}{(count == 1 ? "" : "s")}";

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Three(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    /// <summary>A path as one word of a POSIX shell.</summary>
    internal static string Shell(string path) => path.Length > 0 && path.All(static c => char.IsAsciiLetterOrDigit(c) || "/._-+:@%,=~".Contains(c))
        && path[0] is not ('~' or '-') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
