using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Pipelines;
using Rca.Presets;
using Rca.Progress;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Samples;

/// <summary>What a dry run made, stage by stage.</summary>
/// <param name="Preset">The preset.</param>
/// <param name="Changed">What was made smaller for it.</param>
/// <param name="TrainPictures">Pictures that the classification network saw.</param>
/// <param name="Loss">Its last loss.</param>
/// <param name="Labels">Pseudo labels written.</param>
/// <param name="SegmentationLoss">Last loss of the segmentation network.</param>
/// <param name="Predictions">Masks predicted for the val pictures.</param>
/// <param name="MeanIou">Their mean IoU with the true masks; nothing is learnt from ten pictures, so it is near chance.</param>
public sealed record DryRunResult(
    string Preset, IReadOnlyDictionary<string, string> Changed, int TrainPictures, double Loss, int Labels, double SegmentationLoss, int Predictions, double MeanIou);

/// <summary>
/// Runs all stages of a preset on ten drawn pictures in the layout of its data set, with small networks and few epochs: a mistake in a
/// setting shows in a minute instead of after a night.
/// </summary>
public static class DryRun
{
    /// <summary>Enough epochs for every part of the method to be used.</summary>
    private const int Epochs = 3;

    private const int Size = 64, Batch = 4;
    private const double Width = 0.125;

    /// <summary>The dry run uses random weights instead of public ones, and they do not tolerate the rates of a preset.</summary>
    private const double Rate = 1e-5;

    /// <summary>Settings that a dry run makes smaller, by name, with their value there.</summary>
    public static IReadOnlyDictionary<string, string> Changed { get; } = new Dictionary<string, string>
    {
        ["size"] = $"{Size}", ["width"] = $"{Width}", ["batch_size"] = $"{Batch}", ["learning_rate"] = "1e-5", ["epochs"] = $"{Epochs}", ["rate_steps"] = "1 where there are any",
        ["weights"] = "random", ["freeze_normalization"] = "false", ["frozen_stages"] = "0",
    };

    /// <summary>Runs a preset.</summary>
    /// <param name="preset">The preset, with what the user changed in it.</param>
    /// <param name="folder">The folder for the data and the results; it must not exist, or must be empty.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="time">Dates the report.</param>
    /// <param name="progress">Receives the progress of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">A stage cannot work with these settings.</exception>
    public static DryRunResult Run(
        Preset preset, string folder, Compute compute, TimeProvider time, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        preset.Validate();
        TaggedDataset data = WriteData(preset.Layout, Path.Combine(folder, "data"));
        var options = new PipelineOptions(Smaller(preset.Classification), preset.Labelling, Smaller(preset.Segmentation), preset.Prediction);
        var pipeline = new Pipeline(data, folder, options, compute, $"Dry run of {preset.Name}", time) { Saliency = preset.Saliency ? WriteSaliency(data, Path.Combine(folder, "saliency")) : null };
        PipelineResult result = pipeline.Run($"preset dry-run {preset.Name}", progress, cancellation);
        PredictionResult predicted = result.Predicted[Pipeline.Val];
        return new DryRunResult(
            preset.Name, Changed, data.Of(Split.Train).Count, result.Trained.FinalLoss!.Value, result.Labelled.Pictures, result.Taught[^1].FinalLoss!.Value, predicted.Pictures,
            predicted.Evaluation?.MeanIou ?? 0);
    }

    /// <summary>Writes the ten pictures. The folder layout has no miniature of its own; its presets take VOC's.</summary>
    private static TaggedDataset WriteData(DatasetLayout layout, string folder)
    {
        if (layout == DatasetLayout.Coco) SampleCoco.Write(folder);
        else SampleVoc.Write(folder);
        return DatasetReader.Load(folder, new DatasetOptions { SplitList = layout == DatasetLayout.Coco ? null : "train_aug" });
    }

    /// <summary>Saliency maps made from the true masks: white where there is any object.</summary>
    private static string WriteSaliency(TaggedDataset data, string folder)
    {
        foreach (TaggedImage image in data.Of(Split.Train))
        {
            LabelMap truth = image.ReadMask() ?? throw new RcaException($"The drawn picture {image.Name} has no mask.");
            var grey = new Picture(truth.Width, truth.Height, 1, [.. truth.Labels.Select(static label => label == 0 ? (byte)0 : (byte)255)]);
            OutputFile.Write(folder, image.MaskName, path => PictureFile.WritePng(path, grey));
        }
        return folder;
    }

    private static T Smaller<T>(T options) where T : TrainingOptions => options with
    {
        Width = Width, Size = Size, BatchSize = Batch, Epochs = Epochs, Weights = null, LearningRate = Rate, FreezeNormalization = false, FrozenStages = 0, RateSteps = options.RateSteps.Count > 0 ? [1] : [],
    };
}
