using System.Diagnostics;
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
    public string ReportPath => Path.Combine(folder, RunReport.PageName);

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
            Miou(labelled.Maps), Miou(labelled.Labels), Miou(val.Evaluation), Miou(test.Evaluation), _seconds, RunVersions.Of(compute), commandLine);
        var mapper = new ActivationMapper(model, options.Classification.Size, options.Labelling, compute);
        var examples = Timed("report", () => new ExampleBuilder(model, mapper, new PseudoLabeller(options.Labelling), segmenter)
            .Build(ExampleBuilder.Choose(data.Images), cancellation));
        RunReport.Write(folder, new FinishedRun
        {
            Title = "From tags to masks: the sample scenes",
            Data = data,
            Made = time.GetLocalNow(),
            Classification = new(classification, options.Classification),
            Labels = new(labels, options.Labelling, labelled),
            Segmentation = new(segmentation, options.Segmentation),
            Predictions =
            [
                new("val", PredictionsOf(Split.Val), options.Prediction, val) { Explanation = "Other scenes of the objects in train." },
                new("test", PredictionsOf(Split.Test), options.Prediction, test) { Explanation = "Objects that no training scene shows." },
            ],
            Examples = examples,
            Times = [.. _seconds.Select(static stage => new StageTime(stage.Key, stage.Value))],
            Settings =
            [
                SettingsTable.Of("Versions", summary.Versions),
                SettingsTable.Of("Scenes", new { options.Scenes.Train, options.Scenes.Val, options.Scenes.Test, options.Scenes.Size, options.Scenes.Seed }),
            ],
            CommandLine = summary.CommandLine,
        }, cancellation);
        TextFile.Write(SummaryPath, JsonSerializer.Serialize(summary, Json));
        return summary;

        PredictionResult Predict(Split split)
        {
            string name = split.ToString().ToLowerInvariant();
            return Timed($"predict {name}", () => SegmentationRun.Predict(
                segmenter, data.Of(split), data.Classes, PredictionsOf(split), overlays: null, progress, cancellation));
        }

        string PredictionsOf(Split split) => Path.Combine(folder, "predictions", split.ToString().ToLowerInvariant());
    }

    private static double Miou(EvaluationReport? report) => report?.MeanIou ?? 0;

    private T Timed<T>(string stage, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        T result = work();
        _seconds[stage] = Math.Round(watch.Elapsed.TotalSeconds, 1);
        return result;
    }
}
