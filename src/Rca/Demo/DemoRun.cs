using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rca.Classification;
using Rca.Data;
using Rca.Evaluation;
using Rca.Labelling;
using Rca.Reporting;
using Rca.Runs;
using Rca.Segmentation;

namespace Rca.Demo;

/// <summary>The whole way on the sample set: scenes, training, labels, segmentation network, evaluation, report.</summary>
/// <param name="folder">Takes everything that the stages write.</param>
/// <param name="options">Settings of all stages.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="time">Dates the report.</param>
/// <param name="progress">Hears of every stage.</param>
/// <param name="cancellation">Stops between steps.</param>
public sealed class DemoRun(
    string folder, DemoOptions options, Compute compute, TimeProvider time, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Dictionary<string, double> _seconds = [];

    /// <summary>The figures.</summary>
    public string SummaryPath => Path.Combine(folder, "summary.json");

    /// <summary>The page to look at.</summary>
    public string ReportPath => Path.Combine(folder, "report.html");

    /// <summary>Runs all stages. What an earlier start has finished of the scenes and the two trainings is kept.</summary>
    /// <param name="commandLine">What was typed, for the summary.</param>
    public DemoSummary Run(string commandLine)
    {
        string scenes = Path.Combine(folder, "scenes"), labels = Path.Combine(folder, "labels");
        if (!Directory.Exists(scenes))
            Timed("scenes", () => SampleScenes.Write(scenes, options.Scenes, new CountProgress("Making scenes", progress), cancellation));
        TaggedDataset data = FolderDataset.Load(scenes);

        var classification = new RunFolder(Path.Combine(folder, "classification"));
        Timed("train", () => ClassificationRun.Train(data, classification, options.Classification, compute, progress, cancellation));
        var (model, _) = ClassificationRun.Load(classification, compute);
        using var ownedModel = model;
        LabellingResult labelled = Timed("label", () =>
            new LabellingRun(model, data.Classes, options.Classification.Size, options.Labelling, new LabellingFolders(), compute)
                .Run(data.Of(Split.Train), labels, progress, cancellation));

        var segmentation = new RunFolder(Path.Combine(folder, "segmentation"));
        Timed("segment", () => SegmentationRun.Train(data, labels, segmentation, options.Segmentation, compute, classification, progress, cancellation));
        var (network, _) = SegmentationRun.Load(segmentation, compute);
        using var ownedNetwork = network;
        var segmenter = new Segmenter(network, compute, options.Segmentation.Size, options.Prediction);
        PredictionResult val = Predict(Split.Val), test = Predict(Split.Test);

        var summary = new DemoSummary(
            Miou(labelled.Maps), Miou(labelled.Labels), Miou(val.Evaluation), Miou(test.Evaluation), _seconds, RunVersions.Of(compute.For(model.Backbone.Description)), commandLine);
        var mapper = new ActivationMapper(model, compute, new MultiScale(options.Classification.Size, options.Labelling.Scales, options.Labelling.Flip));
        var examples = Timed("report", () => new ExampleBuilder(model, mapper, new PseudoLabeller(options.Labelling), segmenter)
            .Build(ExampleBuilder.Choose(data.Images), cancellation));
        ReportWriter.Write(ReportPath, Content(summary, data, examples, TrainingCharts.Of(classification, segmentation),
            [("Maps", labelled.Maps), ("Pseudo labels", labelled.Labels), ("Val", val.Evaluation), ("Test", test.Evaluation)]));
        TextFile.Write(SummaryPath, JsonSerializer.Serialize(summary, Json));
        return summary;

        PredictionResult Predict(Split split)
        {
            string name = split.ToString().ToLowerInvariant();
            return Timed($"predict {name}", () => SegmentationRun.Predict(
                segmenter, data.Of(split), data.Classes, Path.Combine(folder, "predictions", name), overlays: null, progress, cancellation));
        }
    }

    private ReportContent Content(
        DemoSummary summary, TaggedDataset data, IReadOnlyList<Example> examples, IReadOnlyList<Chart> charts, (string Name, EvaluationReport? Report)[] scores) => new()
    {
        Title = "From tags to masks: the sample scenes",
        Outcome = string.Create(CultureInfo.InvariantCulture,
            $"{data.Of(Split.Train).Count} tagged scenes of {data.Classes.Count} classes taught a classification network; no mask was shown to it. "
            + $"Its activation maps, refined, agree with the true masks at mean IoU {summary.PseudoLabelMiou:0.00}. "
            + $"A segmentation network trained on these pseudo labels reaches {summary.SegmentationValMiou:0.00} on new scenes of the same objects and {summary.SegmentationTestMiou:0.00} on objects it never saw."),
        Made = time.GetLocalNow(),
        Classes = data.Classes,
        Headlines =
        [
            new("Activation maps, mIoU", summary.MapsMiou, "On the train scenes, before the CRF; background counts as a class."),
            new("Pseudo labels, mIoU", summary.PseudoLabelMiou, "On the train scenes, after the CRF."),
            new("Segmentation, new scenes, mIoU", summary.SegmentationValMiou, "Val: other scenes of the objects in train."),
            new("Segmentation, new objects, mIoU", summary.SegmentationTestMiou, "Test: objects that no training scene shows."),
        ],
        Examples = examples,
        Scores = [.. scores.Where(static score => score.Report is not null).Select(static score => new MaskScores(score.Name, score.Report!))],
        Charts = charts,
        Times = [.. _seconds.Select(static stage => new StageTime(stage.Key, stage.Value))],
        Settings =
        [
            SettingsTable.Of("Versions", summary.Versions),
            SettingsTable.Of("Scenes", new { options.Scenes.Train, options.Scenes.Val, options.Scenes.Test, options.Scenes.Size, options.Scenes.Seed }),
            SettingsTable.Of("Classification", options.Classification),
            SettingsTable.Of("Labelling", options.Labelling),
            SettingsTable.Of("Segmentation", options.Segmentation),
            SettingsTable.Of("Prediction", options.Prediction),
        ],
        CommandLine = summary.CommandLine,
    };

    private static double Miou(EvaluationReport? report) => report?.MeanIou ?? 0;

    private T Timed<T>(string stage, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        T result = work();
        _seconds[stage] = Math.Round(watch.Elapsed.TotalSeconds, 1);
        return result;
    }
}
