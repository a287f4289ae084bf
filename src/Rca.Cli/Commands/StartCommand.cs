using System.CommandLine;
using Rca.Computing;
using Rca.Data;
using Rca.Pipelines;

namespace Rca.Cli.Commands;

/// <summary><c>start</c>: the whole way on a folder of tagged pictures.</summary>
internal sealed class StartCommand : RcaCommand
{
    private readonly DataInput _data = new();
    private readonly Option<string?> _folder = new("--out") { Description = "Folder for everything; a run that stands there goes on where it stopped. [default: runs/NAME, after the data set's folder]", HelpName = "DIR" };
    private readonly Option<double?> _minutes = new("--minutes") { Description = "Most minutes that it may take; fewer epochs and smaller pictures make up for it. [default: no bound]", HelpName = "N" };
    private readonly Option<bool> _quick = new("--quick") { Description = "About two thirds of the usual time, for a few points less." };
    private readonly Option<string?> _method = new("--method") { Description = "cam: the plain network; or rca: with memory, contrast and aggregation. [default: cam]", HelpName = string.Join('|', WholeRun.Methods) };
    private readonly Option<string?> _weights = new("--weights") { Description = "Public weights that the networks start from, by name or file; none for random ones. [default: those that come with the set-up]", HelpName = "NAME|FILE|none" };
    private readonly Option<int?> _seed = new("--seed") { Description = "Seed of all choices. [default: 0]", HelpName = "N" };
    private readonly Option<string> _device = Common.Device();

    public StartCommand(Terminal terminal)
        : base("start", "From a folder of tagged pictures to masks, a network that needs no tags, and a report, in one go.", terminal)
    {
        Arguments.Add(_data.Folder);
        _method.AcceptOnlyFromAmong([.. WholeRun.Methods]);
        Take(_folder, _minutes, _quick, _method, _weights, _seed, _device);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("start photos", "Everything into runs/photos, with report.html to look at. Typed again after a stop, it goes on."),
        new("start photos --quick", "In about two thirds of the time."),
        new("start photos --out runs/lunch --minutes 40", "In 40 minutes at most, or not at all."),
        new("start VOCdevkit/VOC2012 --split-list train_aug --device cuda", "PASCAL VOC 2012 on a GPU."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var data = _data.Load(parsed, output);
        string to = parsed.GetValue(_folder) ?? Path.Combine("runs", Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data.Root))));
        Common.RequireSeparate([("--out", to)], [data.Root, .. data.Parts.Select(part => Path.Combine(data.Root, part.Name))]);
        ShowFound(data, output);
        var compute = new Compute(parsed.GetRequiredValue(_device));
        var run = new WholeRun(data, to, compute, TimeProvider.System);
        if (parsed.GetValue(_weights) is { } named) Common.StartingWeights(named, null, output, cancel); // fetched where they can be and are not here
        var request = new PlanRequest(parsed.GetValue(_weights), parsed.GetValue(_method), parsed.GetValue(_minutes), parsed.GetValue(_quick) ? true : null, parsed.GetValue(_seed));
        output.Note($"Planning on {compute} …");
        var plan = run.Prepare(request, cancellation: cancel);
        var pipeline = run.PipelineOf(plan);
        ShowPlan(plan, pipeline, to, output);
        string typed = "./rca " + string.Join(' ', parsed.Tokens.Select(static token => token.Value));
        var result = output.WithProgress(progress => run.Run(plan, typed, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        output.Json(new
        {
            result.Summary, Stages = plan.Stages, plan.Options, Labels = pipeline.FinalLabelsPath, Predictions = pipeline.PredictionsPath,
            Network = pipeline.FinalSegmentation.Path, Report = pipeline.ReportPath,
            Pictures = new { Labelled = result.Labelled.Pictures, Predicted = result.Predicted.ToDictionary(part => part.Key, part => part.Value.Pictures) }, result.Unreadable,
        });
        ShowResult(result, pipeline, output);
        return ExitCode.Ok;
    }

    private static void ShowFound(TaggedDataset data, Output output)
    {
        output.Line($"{data.Root}: {data.Of(Split.Train).Count} pictures to learn from, {data.Of(Split.Val).Count} val, {data.Of(Split.Test).Count} test, {data.Untagged.Count} untagged.");
        var counts = data.Of(Split.Train).SelectMany(image => image.Tags).CountBy(tag => tag).ToDictionary();
        output.Table(["class", "train pictures"], [.. data.Classes.Select((name, c) => (string[])[name, $"{counts.GetValueOrDefault(c)}"])]);
        foreach (var kind in data.Problems.GroupBy(problem => problem.Kind))
            output.Line($"{kind.Key}: {kind.Sum(problem => problem.Count)}");
        output.Line();
    }

    private static void ShowPlan(Plan plan, Pipeline pipeline, string to, Output output)
    {
        var known = Described(plan.Options, pipeline);
        output.Table(["stage", "minutes", "into"], [.. plan.Stages.Select(stage =>
        {
            var (what, where) = known.GetValueOrDefault(stage.Name, ($"{stage.Name} pictures", Path.Combine(pipeline.PredictionsPath, stage.Name.Split(' ')[^1])));
            return (string[])[what, Minutes(stage.Seconds), Path.GetRelativePath(to, where) + (where == pipeline.ReportPath ? "" : "/")];
        })]);
        output.Line(plan.Options.Classification.Weights is { } weights ? $"The classification network starts from the weights {weights}, segmentation networks from it." : "The networks start from nothing; with public weights (--weights) the masks would be far better.");
        output.Line($"About {Minutes(plan.Seconds)} minutes in all, into {to}. Ctrl-C stops it, and the same command goes on.");
        if (plan.Changes.Count > 0)
            output.Line($"For these pictures and this time: {string.Join("; ", plan.Changes)}.");
        output.Line();
    }

    private static void ShowResult(PipelineResult result, Pipeline pipeline, Output output)
    {
        output.Line($"Masks of the {result.Refined.LastOrDefault()?.Pictures ?? result.Labelled.Pictures} pictures that it learnt from are in {pipeline.FinalLabelsPath}.");
        foreach (var (part, predicted) in result.Predicted)
            output.Line($"Masks of the {predicted.Pictures} {part} pictures are in {Path.Combine(pipeline.PredictionsPath, part)}{(predicted.Evaluation is { } truth ? $", at mean IoU {Common.Percent(truth.MeanIou)}" : "")}.");
        output.Line($"The network is in {pipeline.FinalSegmentation.Path}; pictures, curves and figures are in {pipeline.ReportPath}.");
        output.Line($"Next: look at the report, then ./rca predict {pipeline.FinalSegmentation.Path} PICTURE_OR_FOLDER --out predictions");
    }

    /// <summary>What each stage does and where its result goes; those that predict pictures aside.</summary>
    private static Dictionary<string, (string What, string Where)> Described(PipelineOptions options, Pipeline pipeline)
    {
        var known = new Dictionary<string, (string, string)>
        {
            [Pipeline.Train] = ("train the classification network on tags", pipeline.Classification.Path),
            [Pipeline.Label] = ("label the train pictures", pipeline.LabelsOf(0)),
            [Pipeline.Segment] = ("train a segmentation network on the labels", pipeline.SegmentationOf(0).Path),
            [Pipeline.Report] = ("write the report", pipeline.ReportPath),
        };
        for (int refinement = 1; refinement <= options.Refinements; refinement++)
        {
            known[Pipeline.Refine(refinement)] = ("label the train pictures anew with it, under their tags", pipeline.LabelsOf(refinement));
            known[Pipeline.SegmentAgain(refinement)] = ("train another one on these labels", pipeline.SegmentationOf(refinement).Path);
        }
        return known;
    }

    private static string Minutes(double seconds) => seconds < 60 ? "< 1" : $"{Math.Ceiling(seconds / 60):0}";
}
