using System.CommandLine;
using Rca.Data;
using Rca.Evaluation;
using Rca.Progress;

namespace Rca.Cli.Commands;

/// <summary><c>evaluate</c>: compares masks with the truth.</summary>
internal sealed class EvaluateCommand : RcaCommand
{
    private readonly Option<string> _predicted = Common.Folder("--pred", "Folder of predicted masks (PNG, 255 = ignore).");
    private readonly Option<string?> _truth = new("--truth") { Description = "Folder of true masks at the same paths. [default: the true masks of --data]", HelpName = "DIR" };
    private readonly DataInput _input = new();
    private readonly Option<string?> _data = new("--data") { Description = "Data set that gives the class names, and the pictures of --split.", HelpName = "DATA" };
    private readonly Option<Split?> _split = new("--split") { Description = "Compare only this part of --data.", HelpName = "train|val|test" };
    private readonly Option<int> _boundary = Common.Number("--boundary", "Leave out this many pixels on each side of true borders.", 0);
    private readonly Option<bool> _leaveOut = new("--leave-out-ignored")
    {
        Description = "Leave out pixels that the prediction ignores, instead of counting them as wrong.",
    };

    public EvaluateCommand(Terminal terminal)
        : base("evaluate", "Compares masks with the truth: IoU of each class, mean IoU, pixel accuracy.", terminal)
    {
        Take(_predicted, _truth, _data, _split, _boundary, _leaveOut);
        Take(_input.Options);
        Validators.Add(_input.Need(_data, "--data DATA"));
        Validators.Add(result =>
        {
            if (result.GetResult(_truth) is null && result.GetResult(_data) is null)
                result.AddError("the truth is not named. Give --truth DIR, or --data DATA for its true masks.");
            if (result.GetResult(_split) is not null && result.GetResult(_data) is null)
                result.AddError("--split needs --data DATA, which says which pictures belong to the split.");
        });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("evaluate --pred labels --data scenes --split train", "Compares the train split, with the names of the classes."),
        new("evaluate --pred labels --data VOCdevkit/VOC2012 --split train", "Compares with SegmentationClass; COCO's masks are drawn from its annotations."),
        new("evaluate --pred predictions/masks --truth scenes/masks/val", "Compares every true mask with the prediction at the same path."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var dataset = parsed.GetValue(_data) is { } folder ? _input.Load(folder, parsed, output) : null;
        var options = new EvaluationOptions
        {
            BoundaryBand = parsed.GetValue(_boundary),
            IgnoredPrediction = parsed.GetValue(_leaveOut) ? IgnoredPrediction.LeaveOut : IgnoredPrediction.CountAsWrong,
        };
        var images = parsed.GetValue(_split) is { } part ? dataset!.Of(part) : dataset?.Images;
        string[]? names = parsed.GetResult(_split) is null ? null : [.. images!.Where(image => image.HasMask).Select(image => image.MaskName)];
        var predicted = parsed.GetRequiredValue(_predicted);
        var report = output.WithProgress(progress =>
        {
            var count = new CountProgress("Comparing", progress);
            return parsed.GetValue(_truth) is { } truth
                ? MaskEvaluation.Run(predicted, truth, dataset?.Classes, options, names, count, cancel)
                : MaskEvaluation.Run(predicted, dataset!, images!, options, count, cancel);
        });
        if (report.Labels.All(static label => label.Label == 0 || label.TruePixels == 0))
            output.Note($"warning: no true mask shows a class, so these figures say nothing of the classes. {TrueMasks.ClassesAreNumbered}");
        else if (report.Labels.All(static label => label.Label == 0 || label.PredictedPixels == 0))
            output.Note("warning: no predicted mask shows a class: all their pixels are 0 (background) or 255 (ignore).");
        output.Json(report);
        Show(report, output);
        return ExitCode.Ok;
    }

    private static void Show(EvaluationReport report, Output output)
    {
        output.Table(
            ["label", "IoU", "true pixels", "predicted pixels"],
            [.. report.Labels.Select(label => (string[])[label.Name, Common.Percent(label.Iou), $"{label.TruePixels}", $"{label.PredictedPixels}"])]);
        output.Line();
        output.Line($"Mean IoU {Common.Percent(report.MeanIou)}, pixel accuracy {Common.Percent(report.PixelAccuracy)}, over {report.Images} masks.");
        output.Line(report.Rule);
    }
}
