using System.CommandLine;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Presets;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>predict</c>: masks for pictures without tags.</summary>
internal sealed class PredictCommand : RcaCommand
{
    private const int MostNamed = 10;
    private static readonly PredictionOptions Usual = new();

    private readonly Argument<string> _run = new("RUN") { Description = "Run folder that 'segment' made." };
    private readonly Argument<string> _pictures = new("PICTURE_OR_FOLDER") { Description = "A JPEG or PNG file, a folder of them with any subfolders, or with --split a data set." };
    private readonly DataInput _data = new();
    private readonly Option<Split?> _split = new("--split") { Description = "Predict this part of a data set, named as 'evaluate --data' expects it.", HelpName = "train|val|test" };
    private readonly Option<string> _target = Common.Folder("--out", "Folder for masks/ (palette PNG) and overlays/ (to look at).");
    private readonly Option<string?> _preset = Common.Preset();
    private readonly Option<double[]> _scales = Common.Numbers("--scales", "Scales at which the network looks at a picture.", Usual.Scales);
    private readonly Option<bool> _flip = Common.On("--flip", "Also look at the mirrored picture.");
    private readonly Option<double?> _backgroundWeight = Common.BackgroundWeight();
    private readonly Option<bool> _noCrf = new("--no-crf") { Description = "Leave out the dense CRF." };
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();
    private readonly Option<bool> _deterministic = Common.Deterministic("masks");

    public PredictCommand(Terminal terminal)
        : base("predict", "Makes masks of new pictures with a trained segmentation network; no tags needed.", terminal)
    {
        Arguments.Add(_run);
        Arguments.Add(_pictures);
        Take(_target, _split, _preset, _scales, _flip, _backgroundWeight, _noCrf, _device, _precision, _deterministic);
        Take(_data.Options);
        Validators.Add(_data.Need(_split, "--split, which makes the folder a data set"));
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("predict runs/segmentation holiday.jpg --out predictions", "One picture."),
        new("predict runs/segmentation scenes/images/val --out predictions", "A folder of pictures."),
        new("predict runs/segmentation VOCdevkit/VOC2012 --split val --out predictions", "The val pictures of a data set, whatever its layout."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string pictures = parsed.GetRequiredValue(_pictures);
        var dataset = parsed.GetValue(_split) is null ? null : _data.Load(pictures, parsed, output);
        string to = parsed.GetRequiredValue(_target), masks = Path.Combine(to, "masks"), overlays = Path.Combine(to, "overlays");
        var found = dataset is null ? PictureFolder.Find(pictures, except: [masks, overlays]) : new FoundPictures(dataset.Of(parsed.GetValue(_split)!.Value), []);
        var images = found.Images;
        foreach (string reason in found.LeftOut.Take(MostNamed)) output.Note($"warning: {reason}");
        if (found.LeftOut.Count > MostNamed) output.Note($"warning: {found.LeftOut.Count - MostNamed} more are left out for such reasons.");
        if (images.Count == 0)
            throw new RcaException($"{pictures} has no pictures of --split {parsed.GetValue(_split).ToString()!.ToLowerInvariant()}.");
        var usual = parsed.GetValue(_preset) is { } name ? Preset.Named(name).Prediction : Usual;
        var options = usual with
        {
            Scales = parsed.GetValue(_scales) is { Length: > 0 } given ? given : usual.Scales,
            Flip = parsed.Given(_flip, usual.Flip),
            BackgroundWeight = parsed.GetValue(_backgroundWeight) ?? usual.BackgroundWeight,
            Crf = parsed.GetValue(_noCrf) ? null : usual.Crf,
        };
        var compute = new Compute(parsed.GetRequiredValue(_device), parsed.GetValue(_precision), parsed.GetValue(_deterministic));
        var run = new RunFolder(parsed.GetRequiredValue(_run));
        using Segmenter segmenter = Segmenter.Load(run, options, compute);
        Common.NoteDamage(run, output);
        if (dataset is not null)
            Common.RequireSameClasses(segmenter.Classes, dataset);
        if (File.Exists(Path.Combine(to, "tags.csv")))
            throw new RcaException($"--out {to} is a data set; its masks would be overwritten. Choose another folder.");
        var result = output.WithProgress(progress => SegmentationRun.Predict(segmenter, images, masks, overlays, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        if (result.Pictures == 0)
            throw new RcaException($"None of the {images.Count} pictures could be read.");
        output.Json(new { result.Pictures, result.Evaluation, result.Unreadable, result.Compute, result.Seconds, segmenter.Classes, Masks = masks, Overlays = overlays });
        output.Line($"{result.Pictures} masks in {masks}, to look at in {overlays}, {Common.Duration(result.Seconds)}.");
        if (result.Evaluation is { } evaluation)
            output.Line($"Against the true masks: mean IoU {Common.Percent(evaluation.MeanIou)}.");
        return ExitCode.Ok;
    }
}
