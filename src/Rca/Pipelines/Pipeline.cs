using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Files;
using Rca.Labelling;
using Rca.Progress;
using Rca.Reporting;
using Rca.Segmentation;
using Rca.Text;
using Rca.Training;

namespace Rca.Pipelines;

/// <summary>
/// All stages on tagged pictures: the classification network, pseudo labels of the train pictures, the segmentation network, refinements,
/// masks of all other pictures, and the report. A run that was stopped goes on in the middle of any stage and ends with the same result.
/// </summary>
/// <param name="data">The pictures.</param>
/// <param name="folder">The folder into which all stages write.</param>
/// <param name="options">Settings of all stages. They must be the same at every start: a training in the folder refuses other settings.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="title">Heading of the report.</param>
/// <param name="time">Dates the report.</param>
public sealed class Pipeline(TaggedDataset data, string folder, PipelineOptions options, Compute compute, string title, TimeProvider time)
{
    /// <summary>Names of the stages.</summary>
    public const string Train = "train", Label = "label", Segment = "segment", Report = "report";

    /// <summary>Names of the parts that are predicted.</summary>
    public const string Val = "val", Test = "test", Untagged = "untagged";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Dictionary<string, double> _seconds = [];

    /// <summary>Folder of saliency maps for the labels, or null.</summary>
    public string? Saliency { get; init; }

    /// <summary>The seconds that each stage is expected to take, for progress over the whole; or null.</summary>
    public IReadOnlyList<StageTime>? Expected { get; init; }

    /// <summary>What kind of pictures each part holds, in a sentence, for the report.</summary>
    public IReadOnlyDictionary<string, string> Explanations { get; init; } = new Dictionary<string, string>();

    /// <summary>Further settings to show in the report.</summary>
    public IReadOnlyList<SettingsTable> Described { get; init; } = [];

    /// <summary>The time of something done before the stages, or null; it is listed first.</summary>
    public StageTime? Before { get; init; }

    /// <summary>The classification network.</summary>
    public RunFolder Classification { get; } = new(Path.Combine(folder, "classification"));

    /// <summary>The last segmentation network that the run trains, which is the one to use.</summary>
    public RunFolder FinalSegmentation => SegmentationOf(options.Refinements);

    /// <summary>The last masks of the train pictures that the run makes, which are the ones to use.</summary>
    public string FinalLabelsPath => LabelsOf(options.Refinements);

    /// <summary>Predicted masks, a folder for each part.</summary>
    public string PredictionsPath { get; } = Path.Combine(folder, "predictions");

    /// <summary>The figures.</summary>
    public string SummaryPath { get; } = Path.Combine(folder, "summary.json");

    /// <summary>The path of the report.</summary>
    public string ReportPath { get; } = Path.Combine(folder, RunReport.PageName);

    /// <summary>The segmentation network that learns from <see cref="LabelsOf"/> the same refinement.</summary>
    public RunFolder SegmentationOf(int refinement) => new(Path.Combine(folder, "segmentation" + Suffix(refinement)));

    /// <summary>Folder of the pseudo labels: 0 are those from the activation maps, n those of refinement n.</summary>
    public string LabelsOf(int refinement) => Path.Combine(folder, "labels" + Suffix(refinement));

    /// <summary>The name of the stage of a refinement, counted from 1.</summary>
    public static string Refine(int refinement) => $"refine {refinement}";

    /// <summary>The name of the stage that trains a segmentation network on these labels.</summary>
    public static string SegmentAgain(int refinement) => $"segment again {refinement}";

    /// <summary>The name of the stage that predicts a part.</summary>
    public static string Predict(string part) => $"predict {part}";

    /// <summary>The parts that are predicted, in order, with their numbers of pictures; empty parts are left out.</summary>
    internal static IEnumerable<(string Name, int Count)> Parts(PictureCounts counts) =>
        new[] { (Val, counts.Val), (Test, counts.Test), (Untagged, counts.Untagged) }.Where(static part => part.Item2 > 0);

    /// <summary>Runs all stages. What an earlier start has finished is kept.</summary>
    /// <param name="commandLine">What was typed, for the summary.</param>
    /// <param name="progress">Receives the progress of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">The data or the settings cannot be used, or others were used in this folder before.</exception>
    public PipelineResult Run(
        string commandLine, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        if (Before is { } before) _seconds[before.Name] = before.Seconds;
        TrainingResult trained = Timed(Train, () =>
            ClassificationRun.Train(data, Classification, options.Classification, compute, Of(Train), cancellation));
        using Classifier classifier = Classifier.Load(Classification, compute);
        IReadOnlyList<TaggedImage> train = data.Of(Split.Train);
        string labelsMadeFrom = MadeFrom(Classification, options.Labelling, train);
        LabellingResult labelled = Timed(Label, () =>
            new LabellingRun(classifier, options.Labelling, new LabellingFolders(Saliency, Accumulated: Classification.MapsPath))
                .Run(train, LabelsOf(0), Of(Label), cancellation, labelsMadeFrom));
        List<SegmentationResult> taught = [Timed(Segment, () => Teach(0, labelsMadeFrom, Of(Segment), cancellation))];
        var refined = new List<PredictionResult>();
        foreach (int refinement in Enumerable.Range(1, options.Refinements))
        {
            string count = options.Refinements == 1 ? "" : $" {refinement}/{options.Refinements}", madeFrom = MadeFrom(SegmentationOf(refinement - 1), options.Prediction, train);
            refined.Add(Timed(Refine(refinement), () => RefineLabels(refinement, train, madeFrom, Of(Refine(refinement), $"Labelling anew{count}"), cancellation)));
            taught.Add(Timed(SegmentAgain(refinement), () => Teach(refinement, madeFrom, Of(SegmentAgain(refinement), $"Training on the new labels{count}"), cancellation)));
        }
        using Segmenter segmenter = Segmenter.Load(FinalSegmentation, options.Prediction, compute);
        var predicted = new Dictionary<string, PredictionResult>();
        foreach (var (part, images) in new[] { (Val, data.Of(Split.Val)), (Test, data.Of(Split.Test)), (Untagged, data.Untagged) })
        {
            if (images.Count == 0) continue;
            predicted[part] = Timed(Predict(part), () => SegmentationRun.Predict(
                segmenter, images, Path.Combine(PredictionsPath, part), overlays: null,
                Of(Predict(part), $"Predicting {part} pictures"), cancellation, madeFrom: MadeFrom(FinalSegmentation, options.Prediction, images)));
        }

        var summary = new PipelineSummary(
            labelled.Maps?.MeanIou, labelled.Labels?.MeanIou, refined.LastOrDefault()?.Evaluation?.MeanIou, Miou(Val), Miou(Test), _seconds, RunVersions.Of(classifier.Compute), commandLine);
        using PositionClassifier? background = options.Labelling.Background is null ? null : LabellingRun.ReadBackground(LabelsOf(0), labelsMadeFrom, compute.Device);
        var mapper = new ActivationMapper(classifier.Model, classifier.Options.Size, options.Labelling, classifier.Compute) { Classifier = background };
        Timed(Report, () => RunReport.Write(folder, new FinishedRun
        {
            Title = title,
            Data = data,
            Made = time.GetLocalNow(),
            Classification = new(Classification, options.Classification),
            Labels = new(LabelsOf(0), options.Labelling, labelled),
            Segmentation = new(FinalSegmentation, SegmentationOptionsOf(options.Refinements)),
            Refined = refined.LastOrDefault() is { } last ? new("train", FinalLabelsPath, options.Prediction, last) : null,
            Predictions = [.. predicted.Select(part => new MadePredictions(part.Key, Path.Combine(PredictionsPath, part.Key), options.Prediction, part.Value) { Explanation = Explanations.GetValueOrDefault(part.Key) })],
            Examples = new ExampleBuilder(classifier.Model, mapper, new PseudoLabeller(options.Labelling), segmenter).Build(ExampleBuilder.Choose(data.Images), cancellation),
            Times = [.. _seconds.Select(static stage => new StageTime(stage.Key, stage.Value))],
            Settings = [SettingsTable.Of("Versions", summary.Versions), .. Described],
            CommandLine = commandLine,
        }, cancellation));
        TextFile.Write(SummaryPath, JsonSerializer.Serialize(summary, Json));
        return new PipelineResult(summary, trained, labelled, taught, predicted) { Refined = refined };

        IProgress<StageProgress>? Of(string stage, string? title = null) => progress is null ? null : new PartProgress(stage, title, Expected, progress);

        double? Miou(string part) => predicted.GetValueOrDefault(part)?.Evaluation?.MeanIou;
    }

    /// <summary>The segmentation network starts from the classification network where it has the same backbone and no weights of its own.</summary>
    private bool StartsFromClassification => options.Segmentation.Weights is null
        && (options.Segmentation.Backbone, options.Segmentation.Width) == (options.Classification.Backbone, options.Classification.Width);

    /// <summary>A text that is different for another network, other settings or other pictures.</summary>
    private static string MadeFrom<T>(RunFolder network, T settings, IReadOnlyList<TaggedImage> images)
    {
        using FileStream checkpoint = File.OpenRead(network.CheckpointPath);
        string[] parts = [Short(SHA256.HashData(checkpoint)), Short(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(settings, SettingOverrides.Json)))];
        return $"network {parts[0]}, settings {parts[1]}, {TaggedDataset.Fingerprint(images)}";

        static string Short(byte[] hash) => Convert.ToHexStringLower(hash)[..16];
    }

    /// <summary>Makes refined pseudo labels of the train pictures with the previous segmentation network.</summary>
    private PredictionResult RefineLabels(int refinement, IReadOnlyList<TaggedImage> train, string madeFrom, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using Segmenter segmenter = Segmenter.Load(SegmentationOf(refinement - 1), options.Prediction, compute);
        return SegmentationRun.Predict(
            segmenter, train, LabelsOf(refinement), overlays: null, progress, cancellation, LabelsOf(0), underTags: true, madeFrom);
    }

    /// <summary>Trains a segmentation network on the labels of the same refinement. It does not start from the previous network, so that it does not inherit what that learnt of its labels' mistakes.</summary>
    private SegmentationResult Teach(int refinement, string madeFrom, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        RequireLabels(refinement, madeFrom);
        return SegmentationRun.Train(
            data, LabelsOf(refinement), SegmentationOf(refinement), SegmentationOptionsOf(refinement), compute, StartsFromClassification ? Classification : null, progress, cancellation);
    }

    /// <summary>A weight of background has been applied to refined labels already.</summary>
    private SegmentationOptions SegmentationOptionsOf(int refinement) => refinement == 0 ? options.Segmentation : options.Segmentation with { BackgroundWeight = 1 };

    private static string Suffix(int refinement) => refinement switch { 0 => "", 1 => "-refined", _ => $"-refined-{refinement}" };

    /// <summary>Throws if a segmentation network that has begun to learn would go on with other pseudo labels.</summary>
    private void RequireLabels(int refinement, string madeFrom)
    {
        RunFolder network = SegmentationOf(refinement);
        string path = Path.Combine(network.Path, "labels.txt");
        if (network.Exists && File.Exists(path) && File.ReadAllText(path) != madeFrom)
        {
            IEnumerable<string> stale = Enumerable.Range(refinement, options.Refinements - refinement + 1).Select(SegmentationOf).Where(static later => later.Exists).Select(static later => later.Path);
            throw new RcaException($"{network.Path} has learnt from other labels than {LabelsOf(refinement)} holds now: the network before it was trained anew, or settings changed. Remove {string.Join(" and ", stale)} to train on the new labels.");
        }
        OutputFile.Write(network.Path, "labels.txt", to => TextFile.Write(to, madeFrom));
    }

    private T Timed<T>(string stage, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        T result = work();
        _seconds[stage] = Math.Round(watch.Elapsed.TotalSeconds, 1);
        return result;
    }
}
