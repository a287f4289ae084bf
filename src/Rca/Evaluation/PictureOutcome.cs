using Rca.Data;
using Rca.Imaging.Masks;

namespace Rca.Evaluation;

/// <summary>The outcome of one picture in a few numbers, small enough that 100,000 of them fit into memory.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Shares">The labels of its mask, ascending, background included; ignored pixels are not among them.</param>
/// <param name="Ignored">Share of the pixels that were left without a label, 0 to 1.</param>
/// <param name="Doubt">
/// Mean over the pixels of 1 − the likeliest label's probability before the CRF, 0 (sure everywhere) to 1 − 1/labels. It needs no truth. Figures
/// of pseudo labels and of predictions come from different probabilities and are not to be compared.
/// </param>
public sealed record PictureOutcome(TaggedImage Image, IReadOnlyList<LabelShare> Shares, double Ignored, double Doubt)
{
    /// <summary>A picture with this doubt or more is worth a look, whatever else is known about it; it was about one in eight of the photographs tried.</summary>
    public const double DoubtfulFrom = 0.2;

    /// <summary>A picture with this share of ignored pixels or more is worth a look.</summary>
    public const double IgnoredFrom = 0.5;

    /// <summary>Mean IoU with the true mask over the labels that occur in one of the two, 0 to 1; null where there is no truth.</summary>
    public double? Iou { get; init; }

    /// <summary>Mean IoU of a prediction with the pseudo label of its picture, 0 to 1; null where there was none to compare with.</summary>
    public double? Agreement { get; init; }

    /// <summary>Share of the pixels that belong to any class, 0 to 1.</summary>
    public double Foreground => Shares.Where(static share => share.Label > 0).Sum(static share => share.Share);

    /// <summary>Tagged classes, counted from 0, that got no pixel.</summary>
    public IEnumerable<int> TagsWithoutPixels => Image.Tags.Where(tag => ShareOf(tag + 1) == 0);

    /// <summary>True where a person should look at the picture: a tag got no pixel, most of it is ignored, or no label wins clearly.</summary>
    public bool IsDoubtful => Doubt >= DoubtfulFrom || Ignored >= IgnoredFrom || TagsWithoutPixels.Any();

    /// <summary>A label's share of the pixels, 0 to 1.</summary>
    public double ShareOf(int label) => Shares.FirstOrDefault(share => share.Label == label).Share;

    /// <summary>The figures that follow from a mask.</summary>
    internal static PictureOutcome Of(TaggedImage image, LabelMap mask, double doubt)
    {
        var counts = new SortedDictionary<ushort, int>();
        ReadOnlySpan<ushort> labels = mask.Labels;
        for (int from = 0, to; from < labels.Length; from = to)
        {
            // Masks are areas: a look-up for each run of equal labels.
            int end = labels[from..].IndexOfAnyExcept(labels[from]);
            to = end < 0 ? labels.Length : from + end;
            counts[labels[from]] = counts.GetValueOrDefault(labels[from]) + to - from;
        }
        double ignored = counts.Remove(LabelMap.Ignore, out int without) ? (double)without / labels.Length : 0;
        return new PictureOutcome(image, [.. counts.Select(count => new LabelShare(count.Key, (float)count.Value / mask.Labels.Length))], ignored, doubt);
    }

    /// <summary>Mean IoU of two masks of one picture, as <see cref="ConfusionMatrix.MeanIou"/> has it, using memory in proportion to the number of classes, not to its square.</summary>
    /// <param name="mask">The mask to judge.</param>
    /// <param name="truth">The true mask, of the same size; its ignored pixels do not count.</param>
    /// <param name="classes">Number of classes, L; the largest possible label.</param>
    internal static double? MeanIou(LabelMap mask, LabelMap truth, int classes)
    {
        var (hits, unions) = (new int[classes + 1], new int[classes + 1]);
        for (int i = 0; i < truth.Labels.Length; i++)
        {
            ushort label = truth.Labels[i], given = mask.Labels[i];
            if (label == LabelMap.Ignore) continue;
            unions[label]++;
            if (given == label) hits[label]++;
            else if (given != LabelMap.Ignore) unions[given]++;
        }
        return Enumerable.Range(0, unions.Length).Where(label => unions[label] > 0).Average(label => (double?)hits[label] / unions[label]);
    }
}

/// <summary>How much of a picture a label has.</summary>
/// <param name="Label">0 background, c + 1 for class c.</param>
/// <param name="Share">Share of the pixels, above 0 to 1.</param>
public readonly record struct LabelShare(ushort Label, float Share);
