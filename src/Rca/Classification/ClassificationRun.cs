using System.Diagnostics;
using System.Globalization;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data;
using Rca.Files;
using Rca.Progress;
using Rca.Torch;
using Rca.Training;

namespace Rca.Classification;

/// <summary>The result of a training run.</summary>
/// <param name="EpochsBefore">Epochs that an earlier start had done.</param>
/// <param name="Epochs">Epochs done in all.</param>
/// <param name="FinalLoss">Total loss of the last epoch of this start, or null where nothing was left to do.</param>
/// <param name="TagPrecision">Mean average precision of the tags on the val images after the last epoch, 0 to 1; null without val images.</param>
/// <param name="Unreadable">Pictures that could not be read, with the reason.</param>
/// <param name="Seconds">Time that this start took.</param>
public sealed record TrainingResult(
    int EpochsBefore, int Epochs, double? FinalLoss, double? TagPrecision, IReadOnlyDictionary<string, string> Unreadable, double Seconds);

/// <summary>Trains a classification network in its run folder, with a checkpoint after each epoch.</summary>
public static class ClassificationRun
{
    /// <summary>The kind of these runs.</summary>
    public const string Kind = "classification";

    /// <summary>The tags of the val pictures are evaluated every so many epochs (less often in long runs), and after the last.</summary>
    private const int JudgeEvery = 5, MostJudgements = 16;

    /// <summary>Trains on the train images of a data set, or goes on where an earlier start stopped.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="run">The run folder.</param>
    /// <param name="options">All settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="progress">Receives the progress of every step.</param>
    /// <param name="cancellation">Stops between steps; finished epochs are kept.</param>
    /// <exception cref="RcaException">The settings or the data cannot be used.</exception>
    public static TrainingResult Train(
        TaggedDataset data, RunFolder run, ClassificationOptions options, Compute compute,
        IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        options.RequireTrained(options.Weights is not null, "--weights");
        IReadOnlyList<TaggedImage> images = data.Of(Split.Train), val = data.Of(Split.Val);
        if (images.Count == 0) throw new RcaException($"{data.Root} has no train images. './rca check {data.Root}' explains what was found.");
        if (images.All(static image => image.Tags.Count == 0)) throw new RcaException($"No train image of {data.Root} has a tag; there is nothing to learn from.");
        compute = compute.For(Backbone.Describe(options.Backbone).SavesProducts);
        using var owned = FolderLock.Take(run.Path);
        int before = run.Begin(new RunConfiguration<ClassificationOptions>(Kind, data.Classes, TaggedDataset.Fingerprint(images), options, RunVersions.Of(compute)));
        var watch = Stopwatch.StartNew();
        AccumulatedMaps? accumulated = options.AccumulateMaps ? new AccumulatedMaps(run.MapsPath, images, data.Classes) : null;
        using var trainer = new ClassificationTrainer(data.Classes.Count, images, options, compute, accumulated);
        if (before > 0) accumulated?.Load();
        double? precision = null;
        double? loss = TrainingLoop.Run(trainer, run, before, options, "Training", Judge, accumulated is null ? null : accumulated.Save, progress, cancellation);
        return new TrainingResult(before, Math.Max(before, options.Epochs), loss, precision, trainer.Unreadable, watch.Elapsed.TotalSeconds);

        EpochReport Judge(int epoch, EpochLosses losses)
        {
            bool judged = val.Count > 0 && ((epoch + 1) % JudgesEvery(options.Epochs) == 0 || epoch + 1 == options.Epochs);
            if (judged) precision = TagEvaluation.MeanAveragePrecision(trainer.Model, val, options.Size, options.BatchSize, compute, cancellation);
            return new EpochReport(losses.Loss,
            [
                ("loss", losses.Loss), ("final_loss", losses.FinalLoss), ("coarse_loss", losses.CoarseLoss), ("contrast_loss", losses.ContrastLoss),
                ("memory_entries", losses.MemoryEntries), ("val_tag_precision", judged ? precision : null),
            ], precision is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  tags {precision:P0}"));
        }
    }

    /// <summary>How many times a run of this length evaluates the tags of the val pictures.</summary>
    internal static int Judgements(int epochs) => (epochs + JudgesEvery(epochs) - 1) / JudgesEvery(epochs);

    private static int JudgesEvery(int epochs) => Math.Max(JudgeEvery, epochs / MostJudgements);
}
