using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;
using Rca.Labelling;
using Rca.Passes;
using Rca.Progress;
using Rca.Torch;
using Rca.Training;

namespace Rca.Segmentation;

/// <summary>The result of a training.</summary>
/// <param name="EpochsBefore">Epochs that an earlier start had done.</param>
/// <param name="Epochs">Epochs done in all.</param>
/// <param name="FinalLoss">Mean cross entropy of the last epoch of this start, or null where nothing was left to do.</param>
/// <param name="WithoutLabels">Train images that have no label map.</param>
/// <param name="Unreadable">Files that could not be read, with the reason.</param>
/// <param name="Seconds">Time that this start took.</param>
public sealed record SegmentationResult(
    int EpochsBefore, int Epochs, double? FinalLoss, IReadOnlyList<string> WithoutLabels, IReadOnlyDictionary<string, string> Unreadable, double Seconds);

/// <summary>The result of prediction.</summary>
/// <param name="Pictures">Masks made.</param>
/// <param name="Evaluation">Against true masks, where there are any.</param>
/// <param name="Unreadable">Files that could not be read, with the reason.</param>
/// <param name="Compute">Device and precision.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record PredictionResult(int Pictures, EvaluationReport? Evaluation, IReadOnlyDictionary<string, string> Unreadable, string Compute, double Seconds)
{
    /// <summary>Pictures that keep their pseudo labels: under their tags the network found nothing in them.</summary>
    public int Kept { get; init; }

    /// <summary>The outcome of each predicted picture, in their order. <c>--json</c> leaves it out: there may be 100,000.</summary>
    [JsonIgnore]
    public IReadOnlyList<PictureOutcome> Outcomes { get; init; } = [];
}

/// <summary>A segmentation network at work: training in its run folder, prediction of whole data sets.</summary>
public static class SegmentationRun
{
    /// <summary>The kind of these runs.</summary>
    public const string Kind = "segmentation";

    private const int PicturesAtOnce = 8, PicturesBetweenRecords = 64;

    /// <summary>Trains on label maps, or goes on where an earlier start stopped.</summary>
    /// <param name="data">The data set; only its train images are used.</param>
    /// <param name="labels">Folder of label maps named like the images.</param>
    /// <param name="run">The run folder.</param>
    /// <param name="options">All settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="start">A classification run whose network to start from (<see cref="DeepLabV2.StartFrom"/>), or null for the settings' weights or fresh ones.</param>
    /// <param name="progress">Receives the progress of every step.</param>
    /// <param name="cancellation">Stops between steps; finished epochs are kept.</param>
    /// <exception cref="RcaException">The settings or the data cannot be used.</exception>
    public static SegmentationResult Train(
        TaggedDataset data, string labels, RunFolder run, SegmentationOptions options, Compute compute, RunFolder? start = null,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        options.RequireTrained(options.Weights is not null || start is not null, "--weights or --backbone-from");
        if (options.Weights is { } both && start is not null) throw new RcaException($"A network starts from the weights '{both}' or from the run {start.Path}, not from both.");
        if (!Directory.Exists(labels)) throw new RcaException($"The folder of label maps {labels} does not exist. './rca label' makes one.");
        var byPresence = data.Of(Split.Train).ToLookup(image => File.Exists(LabelPath(image)));
        TaggedImage[] images = [.. byPresence[true]];
        if (images.Length == 0) throw new RcaException($"{labels} has a label map for none of the {data.Of(Split.Train).Count} train images of {data.Root}. Label maps are named like the image, with .png.");
        compute = compute.For(Backbone.Describe(options.Backbone).SavesProducts);
        using var owned = FolderLock.Take(run.Path);
        int before = run.Begin(new RunConfiguration<SegmentationOptions>(Kind, data.Classes, TaggedDataset.Fingerprint(images), options, RunVersions.Of(compute)));
        var watch = Stopwatch.StartNew();
        using WeightFile? other = before == 0 ? start?.ReadCheckpoint() : null;
        using var trainer = new SegmentationTrainer(
            data.Classes.Count + 1, images, LabelPath, options, compute, other is null ? null : (other, start!.Read<ClassificationOptions>(ClassificationRun.Kind).Classes.SequenceEqual(data.Classes)));
        double? loss = TrainingLoop.Run(
            trainer, run, before, options, "Training the segmentation network", static (_, loss) => new EpochReport(loss, [("loss", loss)]), save: null, progress, cancellation);
        return new SegmentationResult(
            before, Math.Max(before, options.Epochs), loss, [.. byPresence[false].Select(static image => image.Name)], trainer.Unreadable, watch.Elapsed.TotalSeconds);

        string LabelPath(TaggedImage image) => Path.Combine(labels, image.MaskName);
    }

    /// <summary>
    /// Looks for a label map with a class in a folder: a network that learns from background alone finds nothing else, and its figures look perfect.
    /// </summary>
    /// <param name="data">The data set; its train images count.</param>
    /// <param name="labels">Folder of label maps named like the images.</param>
    /// <exception cref="RcaException">None of those that can be read shows a class.</exception>
    public static void RequireClasses(TaggedDataset data, string labels)
    {
        int looked = 0;
        TaggedImage[] images = [.. data.Of(Split.Train).Where(image => File.Exists(Path.Combine(labels, image.MaskName)))];
        foreach (TaggedImage image in images)
        {
            try
            {
                if (LabelFile.Read(Path.Combine(labels, image.MaskName)).Labels.Any(static label => label is not (0 or LabelMap.Ignore))) return;
                looked++;
            }
            catch (PictureException)
            {
                // Training names it.
            }
        }
        if (looked > 0) throw new RcaException($"None of {looked} label maps of {labels} shows a class: all their pixels are 0 (background) or 255 (ignore). {TrueMasks.ClassesAreNumbered}");
    }

    /// <summary>Predicts pictures and writes masks, and overlays where a folder is given.</summary>
    /// <param name="segmenter">The network with its settings.</param>
    /// <param name="images">Pictures; true masks are used only to evaluate.</param>
    /// <param name="masks">Folder for masks.</param>
    /// <param name="overlays">Folder for pictures with their masks painted over, or null.</param>
    /// <param name="progress">Receives the progress after every few pictures.</param>
    /// <param name="cancellation">Stops between pictures; written files stay.</param>
    /// <param name="pseudoLabels">Folder of pseudo labels that predictions of the same pictures are compared with, or null.</param>
    /// <param name="underTags">
    /// If true, only background and the picture's tags may appear in a mask. A picture in which almost none of its tags is found keeps its pseudo label, or gets no mask
    /// if it has none. Predictions so become refined pseudo labels.
    /// </param>
    /// <param name="madeFrom">
    /// A text that is different for another network, other settings or other pictures. A stopped prediction goes on if <paramref name="masks"/> were made from
    /// the same, and starts again if not. Null predicts everything.
    /// </param>
    public static PredictionResult Predict(
        Segmenter segmenter, IReadOnlyList<TaggedImage> images, string masks, string? overlays,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default, string? pseudoLabels = null, bool underTags = false, string? madeFrom = null)
    {
        var watch = Stopwatch.StartNew();
        using var owned = FolderLock.Take(masks);
        var record = new PassRecord<Counts>(masks, madeFrom, images);
        var (done, written, before, lines) = record.Begin();
        var unreadable = new ConcurrentDictionary<string, string>(before?.Unreadable ?? new Dictionary<string, string>());
        ConfusionMatrix? matrix = before?.Matrix is { } counts ? ConfusionMatrix.Restore(segmenter.Classes.Count, counts) : null;
        int recorded = done, ended = done, kept = before?.Kept ?? 0;
        var judging = new Lock();
        var outcomes = new OutcomeTally();
        outcomes.Restore(lines, images);
        using var finishing = new Overlap(segmenter.Compute.Device);
        foreach (TaggedImage[] chunk in PictureGroup.Chunk([.. images.Skip(done)], PicturesAtOnce))
        {
            int readable = 0;
            foreach (PictureGroup group in PictureGroup.Read(chunk, unreadable))
            {
                cancellation.ThrowIfCancellationRequested();
                int first = 0;
                foreach (Segmenter.Unrefined[] lot in segmenter.Score(group.Pictures, underTags ? [.. group.Images.Select(static image => image.Tags)] : null))
                {
                    TaggedImage[] those = [.. group.Images.Skip(first).Take(lot.Length)];
                    finishing.Run(() =>
                    {
                        Workers.SideBySide(lot.Length, cancellation, (i, threads) => Finish(those[i], lot[i], threads));
                        Report(lot.Length);
                    });
                    first += lot.Length;
                }
                readable += first;
            }
            if (readable < chunk.Length) Report(chunk.Length - readable);
            ended += chunk.Length;
            if (ended - recorded < PicturesBetweenRecords && ended < images.Count) continue;
            int reached = recorded = ended;
            finishing.Run(() => record.Save(reached, written, new Counts(unreadable, matrix?.Save(), kept), outcomes.NewLines()));
        }
        finishing.Finish();
        return new PredictionResult(written, matrix?.ToReport(segmenter.Classes), unreadable, segmenter.Compute.ToString(), watch.Elapsed.TotalSeconds) { Kept = kept, Outcomes = outcomes.InOrder(images) };

        void Report(int pictures) => progress?.Report(new StageProgress("Predicting", Interlocked.Add(ref done, pictures), images.Count, segmenter.Compute.Detail()));

        void Finish(TaggedImage image, Segmenter.Unrefined scored, int threads)
        {
            LabelMap prediction = segmenter.Refine(scored, threads);
            LabelMap? labels = PseudoLabelsOf(image, prediction);
            bool foundNothing = underTags && image.Tags.Count > 0 && PseudoLabeller.IsAlmostEmpty(prediction);
            double? agreement = foundNothing || labels is null ? null : PictureOutcome.MeanIou(prediction, labels, segmenter.Classes.Count);
            if (foundNothing && labels is not null)
            {
                prediction = labels;
                Interlocked.Increment(ref kept);
            }
            else if (foundNothing)
            {
                Array.Fill(prediction.Labels, LabelMap.Ignore);
            }
            OutputFile.Write(masks, image.MaskName, path => LabelFile.Write(path, prediction));
            if (overlays is not null)
                OutputFile.Write(overlays, image.MaskName, path => PictureFile.WritePng(path, Overlay.Draw(scored.Picture, prediction, outline: true)));
            Interlocked.Increment(ref written);
            var outcome = PictureOutcome.Of(image, prediction, scored.Doubt) with { Agreement = agreement };
            if (TrueMask.Read(image, prediction, segmenter.Classes.Count, unreadable) is { } truth)
            {
                lock (judging) (matrix ??= new ConfusionMatrix(segmenter.Classes.Count)).Add(prediction, truth);
                outcome = outcome with { Iou = PictureOutcome.MeanIou(prediction, truth, segmenter.Classes.Count) };
            }
            outcomes.Add(outcome);
        }

        LabelMap? PseudoLabelsOf(TaggedImage image, LabelMap prediction) =>
            pseudoLabels is not null && Path.Combine(pseudoLabels, image.MaskName) is var path && File.Exists(path)
                ? TrueMask.ReadFitting(image with { MaskPath = path, DrawMask = null }, prediction, segmenter.Classes.Count, unreadable)
                : null;
    }

    /// <summary>The counts of a prediction that are written to the folder.</summary>
    private sealed record Counts(IReadOnlyDictionary<string, string> Unreadable, long[]? Matrix, int Kept);
}
