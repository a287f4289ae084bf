using Rca.Backbones;
using Rca.Classification;
using Rca.Data;
using Rca.Labelling;
using Rca.Pipelines;
using Rca.Segmentation;
using Rca.Text;
using Rca.Training;

namespace Rca.Presets;

/// <summary>A complete configuration of all stages, under a name.</summary>
/// <param name="Name">What a user types.</param>
/// <param name="Summary">What it reproduces, and what it needs besides the pictures.</param>
/// <param name="Layout">The layout of the data set that it is made for.</param>
/// <param name="Saliency">True where its labels are made with saliency maps.</param>
/// <param name="Classification">The classification network; weights and seed stay open.</param>
/// <param name="Labelling">The pseudo labels.</param>
/// <param name="Segmentation">The segmentation network.</param>
/// <param name="Prediction">Prediction with it.</param>
public sealed record Preset(
    string Name, string Summary, DatasetLayout Layout, bool Saliency,
    ClassificationOptions Classification, LabellingOptions Labelling, SegmentationOptions Segmentation, PredictionOptions Prediction)
    : PipelineOptions(Classification, Labelling, Segmentation, Prediction)
{
    private const int PublishedSize = 368, Crop = 321, SceneSize = 192;
    private const double LongerSide = 500;

    /// <summary>All presets.</summary>
    public static IReadOnlyList<Preset> All { get; } = [VocReleased(), VocPaperVgg16(), VocPaperResNet38(), CocoPaper(), ScenesDemo()];

    /// <summary>Finds a preset.</summary>
    /// <exception cref="RcaException">The name is unknown; the message lists what there is.</exception>
    public static Preset Named(string name) => All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new RcaException($"There is no preset '{name}'.{NearestName.Hint(name, All.Select(static preset => preset.Name))} There are: {string.Join(", ", All.Select(static preset => preset.Name))}.");

    /// <summary>The public code: its model, schedule and online accumulation.</summary>
    private static Preset VocReleased() => new(
        "voc-released", "PASCAL VOC 2012 as the public code trains it; start from --weights of vgg16, label with --saliency.", DatasetLayout.Voc, Saliency: true,
        new ClassificationOptions { Backbone = "vgg16", Width = 1, Size = PublishedSize }.AsReleased(),
        new LabellingOptions { Maps = MapKind.Accumulated, MissingSaliency = MissingSaliency.Stop },
        DeepLab, SeveralScales);

    /// <summary>The paper's method with VGG16.</summary>
    private static Preset VocPaperVgg16() => new(
        "voc-paper-vgg16", "PASCAL VOC 2012 as the paper describes the method, with VGG16; start from --weights of vgg16, label with --saliency.", DatasetLayout.Voc, Saliency: true,
        Paper("vgg16"), new LabellingOptions(), DeepLab, SeveralScales);

    /// <summary>The paper's method with ResNet-38.</summary>
    private static Preset VocPaperResNet38() => new(
        "voc-paper-resnet38", "The same with the wide ResNet-38; start from --weights of resnet38. The loss on saliency of EPS, which the paper combines it with, is not part of it.", DatasetLayout.Voc, Saliency: true,
        Paper("resnet38") with { FreezeNormalization = true }, new LabellingOptions(), DeepLab, SeveralScales);

    /// <summary>The paper's method on COCO.</summary>
    private static Preset CocoPaper() => new(
        "coco-paper", "COCO 2014 as the paper describes the method, with VGG16; start from --weights of vgg16, label with --saliency.", DatasetLayout.Coco, Saliency: true,
        Paper("vgg16") with { Epochs = 15 }, new LabellingOptions(), DeepLab with { Epochs = 5 }, SeveralScales with { Crf = null });

    /// <summary>The demonstration: small pictures, from the weights that come with the set-up.</summary>
    private static Preset ScenesDemo()
    {
        PipelineOptions usual = PipelineOptions.Usual(PackagedWeights.Name);
        return new(
            "scenes-demo", "The sample scenes from the ImageNet weights of the set-up, without saliency: what './rca demo' runs.", DatasetLayout.Folder, Saliency: false,
            usual.Classification with { Size = SceneSize, Epochs = 4 },
            // Objects are pasted into the scenes, so that colours say more of them than in a photograph; and they are small: larger scales show more
            // than mirror images. The strong CRF leaves nothing for a learnt background to add.
            usual.Labelling with { Scales = [1, 1.5, 2], Flip = false, Alpha = 3, Crf = new(), Background = null },
            usual.Segmentation with { Size = SceneSize, Epochs = 4, BackgroundWeight = 0.5 }, usual.Prediction with { Scales = [1, 1.25, 1.5], Flip = false });
    }

    private static ClassificationOptions Paper(string backbone) => new ClassificationOptions { Backbone = backbone, Width = 1, Size = PublishedSize }.AsPaper();

    /// <summary>
    /// DeepLab-v2 as published: 20,000 steps of ten pictures are 20 epochs of VOC's 10,582. Its scales are of the picture, whose longer side is
    /// 500 on VOC; ours are of the crop.
    /// </summary>
    private static SegmentationOptions DeepLab => new()
    {
        Backbone = "resnet101", Width = 1, Size = Crop, Epochs = 20, BatchSize = 10, FreezeNormalization = true, MultiScaleLoss = true,
        ScaleMin = OfCrop(0.5), ScaleMax = OfCrop(1.5), Jitter = 0, Hue = 0,
        Optimizer = OptimizerKind.Sgd, LearningRate = 2.5e-4, HeadRateFactor = 10, BiasRateFactor = 2, WeightDecay = 5e-4, MatrixRate = 0,
    };

    private static PredictionOptions SeveralScales => new() { Scales = [OfCrop(0.5), OfCrop(0.75), OfCrop(1), OfCrop(1.25), OfCrop(1.5)] };

    /// <summary>A scale of the picture as one of the crop.</summary>
    private static double OfCrop(double scale) => Math.Round(scale * LongerSide / Crop, 3);
}
