using System.CommandLine;
using System.Globalization;
using Rca.Computing;
using Rca.Data;
using Rca.Evaluation;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>refine</c>: new labels of tagged pictures from a segmentation network.</summary>
internal sealed class RefineCommand : RcaCommand
{
    private static readonly PredictionOptions Usual = new();

    private readonly Argument<string> _run = new("RUN") { Description = "Run folder that 'segment' made." };
    private readonly DataInput _data = new();
    private readonly Option<string> _labels = Common.Folder("--labels", "Folder of the labels that the network learnt from; they stay as they are, and are judged beside the new ones.");
    private readonly Option<string> _target = Common.Folder("--out", "Folder for the new labels.");
    private readonly Option<double[]> _scales = Common.Numbers("--scales", "Scales at which the network looks at a picture.", Usual.Scales);
    private readonly Option<bool> _flip = Common.On("--flip", "Also look at the mirrored picture.");
    private readonly Option<double?> _backgroundWeight = Common.BackgroundWeight();
    private readonly Option<bool> _noCrf = new("--no-crf") { Description = "Leave out the dense CRF." };
    private readonly Option<string?> _overlays = new("--overlays") { Description = "Also write the pictures with their labels painted over.", HelpName = "DIR" };
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();
    private readonly Option<bool> _deterministic = Common.Deterministic("labels");

    public RefineCommand(Terminal terminal)
        : base("refine", "Labels the train pictures anew with the segmentation network, under their tags.", terminal)
    {
        Arguments.Add(_run);
        Arguments.Add(_data.Folder);
        Take(_labels, _target, _scales, _flip, _backgroundWeight, _noCrf, _overlays, _device, _precision, _deterministic);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("refine runs/segmentation photos --labels labels --out refined", "Labels the train pictures anew; then 'segment --labels refined' trains on them."),
        new("refine runs/segmentation photos --labels labels --out refined --overlays look", "Also paints them over the pictures, to look at."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var dataset = _data.Load(parsed, output);
        var options = Usual with
        {
            Scales = parsed.GetValue(_scales) is { Length: > 0 } given ? given : Usual.Scales,
            Flip = parsed.GetValue(_flip),
            BackgroundWeight = parsed.GetValue(_backgroundWeight),
            Crf = parsed.GetValue(_noCrf) ? null : Usual.Crf,
        };
        var compute = new Compute(parsed.GetRequiredValue(_device), parsed.GetValue(_precision), parsed.GetValue(_deterministic));
        var run = new RunFolder(parsed.GetRequiredValue(_run));
        using Segmenter segmenter = Segmenter.Load(run, options, compute);
        Common.NoteDamage(run, output);
        Common.RequireSameClasses(segmenter.Classes, dataset);
        TaggedImage[] images = [.. dataset.Of(Split.Train).Where(static image => image.TagsKnown)];
        if (images.Length == 0) throw new RcaException($"{dataset.Root} has no train images with known tags to label.");
        string to = parsed.GetRequiredValue(_target), labels = parsed.GetRequiredValue(_labels);
        string? overlays = parsed.GetValue(_overlays);
        Common.RequireSeparate([("--out", to), ("--overlays", overlays)], [.. dataset.Parts.Select(part => Path.Combine(dataset.Root, part.Name)), labels]);
        var result = output.WithProgress(progress => SegmentationRun.Predict(segmenter, images, to, overlays, progress, cancel, labels, underTags: true));
        Common.NoteUnreadable(result.Unreadable, output);
        if (result.Pictures == 0) throw new RcaException($"None of the {images.Length} pictures could be read.");
        EvaluationReport? before = result.Evaluation is null ? null : MaskEvaluation.Run(labels, dataset, images);
        double? agreement = result.Outcomes.Select(static outcome => outcome.Agreement).Average();
        output.Json(new { result.Pictures, result.Kept, Before = before, result.Evaluation, Agreement = agreement, result.Unreadable, result.Seconds });
        output.Line($"{result.Pictures} label maps in {to}, {Common.Duration(result.Seconds)}. They agree with those in {labels} at mean IoU {Common.Percent(agreement)}{(result.Kept == 0 ? "" : $", {result.Kept} aside that keep them: the network found nothing there")}.");
        if (result.Evaluation is { } after)
            output.Line($"Against the true masks: mean IoU {Common.Percent(after.MeanIou)}, before {Common.Percent(before?.MeanIou)}.");
        output.Line($"Next: ./rca segment {dataset.Root} --labels {to} --out runs/refined, with the settings of {run.Path}");
        return ExitCode.Ok;
    }
}
