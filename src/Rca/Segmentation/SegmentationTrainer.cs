using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Torch;
using Rca.Training;

namespace Rca.Segmentation;

/// <summary>Trains DeepLab-v2 on label maps, one epoch at a time, which gives the mean loss, or null where all pixels that it saw are ignored. Nothing is learnt from these.</summary>
public sealed class SegmentationTrainer : Trainer<DeepLabV2, double?>
{
    private const int TorchStream = 4;
    private readonly IReadOnlyList<TaggedImage> _images;
    private readonly Func<TaggedImage, string> _labelPath;
    private readonly SegmentationOptions _options;

    /// <summary>Makes a trainer.</summary>
    /// <param name="labels">Classes and background, L + 1.</param>
    /// <param name="images">Training images.</param>
    /// <param name="labelPath">Where the label map of an image is.</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="start">Checkpoint of a run to start from, and whether it knows the same classes; or null for fresh weights.</param>
    public SegmentationTrainer(
        int labels, IReadOnlyList<TaggedImage> images, Func<TaggedImage, string> labelPath, SegmentationOptions options, Compute compute,
        (WeightFile State, bool SameClasses)? start = null)
        : base(() => Create(labels, options, start), options, compute,
            own => new BatchLoader(images, own, options.Augmentation, options.BatchSize, options.Seed, labelPath, labels, options.Shuffle), TorchStream) =>
        (_images, _labelPath, _options) = (images, labelPath, options);

    private protected override int LossCount => 1;

    private protected override string NothingLearnt =>
        $"No training picture has both a readable picture and a labelled pixel. The first problem: {Unreadable.Values.FirstOrDefault() ?? "all pixels are ignored"}";

    private protected override Tensor[]? Losses(TrainingBatch batch, int epoch, int step)
    {
        if (!batch.IsLabelled) return null; // without a single labelled pixel there is no loss
        int size = batch.Pictures.Height;
        Tensor labels = batch.Labels!.To(Compute.Device); // (B, S, S)
        Tensor x = batch.Pictures.Values.To(Compute.Device);
        Tensor[] scores; // each (B, L + 1, S/s, S/s)
        using (Compute.ForwardPass()) scores = _options.MultiScaleLoss ? Model.ForwardScales(x) : [Model.Forward(x)];
        return [scores.Select(Loss).Aggregate(static (a, b) => a + b) * (1.0 / scores.Length)];

        Tensor Loss(Tensor s) => s.To(DType.Float32).Contiguous().ResizeBilinear(size, size).CrossEntropy(labels, BatchLoader.Ignore);
    }

    private protected override bool MayLearnLater() => _images.Any(IsLabelled);

    private protected override double? Summarize(double[]? means) => means?[0];

    private bool IsLabelled(TaggedImage image)
    {
        try
        {
            return !Unreadable.ContainsKey(image.Path) && !Unreadable.ContainsKey(_labelPath(image)) && LabelFile.Read(_labelPath(image)).Labels.Any(static label => label != LabelMap.Ignore);
        }
        catch (PictureException)
        {
            return false;
        }
    }

    private static DeepLabV2 Create(int labels, SegmentationOptions options, (WeightFile State, bool SameClasses)? start)
    {
        var model = new DeepLabV2(labels, options);
        if (start is var (state, sameClasses)) model.StartFrom(state, sameClasses);
        return model;
    }
}
