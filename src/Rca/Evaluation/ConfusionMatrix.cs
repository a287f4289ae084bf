using System.Numerics;
using Rca.Imaging.Masks;

namespace Rca.Evaluation;

/// <summary>Counts of (true label, predicted label) over pixels, (classes + 1)² with the background, and the figures that follow from them.</summary>
/// <remarks>Not safe for several threads: give each its own and <see cref="Merge"/> them.</remarks>
public sealed class ConfusionMatrix
{
    private const ushort AtBoundary = LabelMap.Ignore - 1; // above every class
    private readonly EvaluationOptions _options;
    private readonly long[] _counts;
    private readonly long[] _silent;
    private int _images;
    private long _ignoredInTruth;
    private long _ignoredAtBoundary;

    /// <summary>An empty matrix.</summary>
    /// <param name="classes">Number of classes without the background, 1 to <see cref="MaxClasses"/>.</param>
    /// <param name="options">How pixels count; null for the defaults.</param>
    /// <exception cref="RcaException">There are too many classes, or an option is out of range.</exception>
    public ConfusionMatrix(int classes, EvaluationOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (classes > MaxClasses)
            throw new RcaException($"{classes} classes; masks of at most {MaxClasses} classes can be compared.");
        _options = options ?? new EvaluationOptions();
        _options.Validate();
        Labels = classes + 1;
        _counts = new long[Labels * Labels];
        _silent = new long[Labels];
    }

    /// <summary>The most classes that a matrix takes: its 32 MiB are needed once for each thread.</summary>
    public const int MaxClasses = 2047;

    /// <summary>Number of labels: classes + 1.</summary>
    public int Labels { get; }

    /// <summary>Pixels with label <paramref name="truth"/> that were predicted as <paramref name="prediction"/>.</summary>
    public long this[int truth, int prediction] => _counts[truth * Labels + prediction];

    /// <summary>Adds one pair of masks.</summary>
    /// <exception cref="RcaException">The masks differ in size, or hold a label that no class has. Nothing was added then.</exception>
    public void Add(LabelMap prediction, LabelMap truth)
    {
        if ((prediction.Width, prediction.Height) != (truth.Width, truth.Height))
            throw new RcaException(
                $"The prediction is {prediction.Width}×{prediction.Height}, the truth {truth.Width}×{truth.Height}; masks of one picture have one size.");
        RequireLabels(prediction, "prediction");
        RequireLabels(truth, "truth");

        _images++;
        var labels = _options.BoundaryBand > 0 ? MarkBorders(truth) : truth.Labels;
        for (int from = 0, to; from < labels.Length; from = to)
        {
            to = EndOfRun(labels, prediction.Labels, from);
            Count(labels[from], prediction.Labels[from], to - from);
        }
    }

    /// <summary>Adds the counts of another matrix of the same size and options.</summary>
    public void Merge(ConfusionMatrix other)
    {
        if (other.Labels != Labels || other._options != _options)
            throw new ArgumentException("The matrices differ in their labels or options.", nameof(other));
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        for (var label = 0; label < Labels; label++)
            _silent[label] += other._silent[label];
        _images += other._images;
        _ignoredInTruth += other._ignoredInTruth;
        _ignoredAtBoundary += other._ignoredAtBoundary;
    }

    /// <summary>All counts that are not 0, as place and count in turn, to continue from later.</summary>
    internal long[] Save()
    {
        long[] all = [_images, _ignoredInTruth, _ignoredAtBoundary, .. _silent, .. _counts];
        return [.. all.Index().Where(static item => item.Item != 0).SelectMany(static item => new[] { item.Index, item.Item })];
    }

    /// <summary>The matrix whose counts <see cref="Save"/> gave, with the default options.</summary>
    /// <exception cref="RcaException">The counts are no matrix of so many classes.</exception>
    internal static ConfusionMatrix Restore(int classes, long[] saved)
    {
        var matrix = new ConfusionMatrix(classes);
        var all = new long[3 + matrix._silent.Length + matrix._counts.Length];
        foreach (long[] pair in saved.Chunk(2))
        {
            if (pair is not [>= 0, > 0] || pair[0] >= all.Length) throw new RcaException($"The counts kept of an evaluation are not those of {classes} classes.");
            all[pair[0]] = pair[1];
        }
        (matrix._images, matrix._ignoredInTruth, matrix._ignoredAtBoundary) = ((int)all[0], all[1], all[2]);
        all.AsSpan(3, matrix._silent.Length).CopyTo(matrix._silent);
        all.AsSpan(3 + matrix._silent.Length).CopyTo(matrix._counts);
        return matrix;
    }

    /// <summary>IoU of a label, 0 to 1; null where it occurs neither in the truth nor in the prediction.</summary>
    public double? Iou(int label)
    {
        var hit = this[label, label];
        var union = TruePixels(label) + PredictedPixels(label) - hit;
        return union == 0 ? null : (double)hit / union;
    }

    /// <summary>Mean IoU over the labels, background included, that occur in the truth or in the prediction; null where none does.</summary>
    public double? MeanIou => Enumerable.Range(0, Labels).Average(Iou);

    /// <summary>Correct pixels by counted pixels, 0 to 1; null where no pixel counts.</summary>
    public double? PixelAccuracy
    {
        get
        {
            var counted = CountedPixels;
            return counted == 0 ? null : (double)Enumerable.Range(0, Labels).Sum(label => this[label, label]) / counted;
        }
    }

    /// <summary>All figures in one record.</summary>
    /// <param name="classes">Names in order, one for each class; null names them "class 1", "class 2", ...</param>
    public EvaluationReport ToReport(IReadOnlyList<string>? classes = null)
    {
        if (classes is not null && classes.Count != Labels - 1)
            throw new ArgumentException($"{Labels - 1} names expected, not {classes.Count}.", nameof(classes));
        var scores = from label in Enumerable.Range(0, Labels)
                     let iou = Iou(label)
                     where iou is not null
                     let name = label == 0 ? "background" : classes?[label - 1] ?? $"class {label}"
                     select new LabelScore(label, name, iou.Value, TruePixels(label), PredictedPixels(label));
        return new EvaluationReport(
            MeanIou, PixelAccuracy, [.. scores], _images, CountedPixels, _ignoredInTruth, _ignoredAtBoundary, _silent.Sum(), Rule);
    }

    private bool SilenceIsWrong => _options.IgnoredPrediction == IgnoredPrediction.CountAsWrong;

    private long CountedPixels => _counts.Sum() + (SilenceIsWrong ? _silent.Sum() : 0);

    private long TruePixels(int label) => Enumerable.Range(0, Labels).Sum(prediction => this[label, prediction]) + (SilenceIsWrong ? _silent[label] : 0);

    private long PredictedPixels(int label) => Enumerable.Range(0, Labels).Sum(truth => this[truth, label]);

    private string Rule =>
        "Pixels that the truth ignores are left out; pixels that the prediction ignores "
        + (SilenceIsWrong ? "count as wrong" : "are left out")
        + (_options.BoundaryBand > 0 ? $"; {_options.BoundaryBand} pixels on each side of true borders are left out" : "")
        + "; the mean is over labels, background included, that occur in the truth or in the prediction.";

    private void Count(ushort label, ushort predicted, int pixels)
    {
        if (label == LabelMap.Ignore)
            _ignoredInTruth += pixels;
        else if (label == AtBoundary)
            _ignoredAtBoundary += pixels;
        else if (predicted == LabelMap.Ignore)
            _silent[label] += pixels;
        else
            _counts[label * Labels + predicted] += pixels;
    }

    /// <summary>Where the pair of labels at a place changes next: masks are areas, so a vector of pixels at a time mostly has one pair.</summary>
    private static int EndOfRun(ReadOnlySpan<ushort> truth, ReadOnlySpan<ushort> prediction, int from)
    {
        var (label, predicted) = (truth[from], prediction[from]);
        var i = from + 1;
        while (i <= truth.Length - Vector<ushort>.Count
            && Vector.EqualsAll(new Vector<ushort>(truth[i..]), new Vector<ushort>(label))
            && Vector.EqualsAll(new Vector<ushort>(prediction[i..]), new Vector<ushort>(predicted)))
            i += Vector<ushort>.Count;
        while (i < truth.Length && truth[i] == label && prediction[i] == predicted)
            i++;
        return i;
    }

    private ushort[] MarkBorders(LabelMap truth)
    {
        var band = BoundaryBand.Find(truth, _options.BoundaryBand);
        var labels = new ushort[truth.Labels.Length];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = band[i] && truth.Labels[i] != LabelMap.Ignore ? AtBoundary : truth.Labels[i];
        return labels;
    }

    private void RequireLabels(LabelMap map, string role)
    {
        ReadOnlySpan<ushort> labels = map.Labels;
        // One more than a label: 0 for ignore, 1 to Labels for what may be.
        var most = Vector<ushort>.Zero;
        var i = 0;
        for (; i <= labels.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            most = Vector.Max(most, new Vector<ushort>(labels[i..]) + Vector<ushort>.One);
        if (!Vector.GreaterThanAny(most, new Vector<ushort>((ushort)Labels)))
            labels = labels[i..];
        foreach (var label in labels)
        {
            if (label >= Labels && label != LabelMap.Ignore)
                throw new RcaException(
                    $"The {role} has label {label}; expected 0 (background) to {Labels - 1}, the number of classes, or ignore. "
                    + "Check that both sides were made with the same classes.");
        }
    }
}
