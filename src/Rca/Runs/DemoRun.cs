using System.Diagnostics;
using System.Text.Json;
using Rca.Classification;
using Rca.Data;
using Rca.Evaluation;
using Rca.Labelling;
using Rca.Segmentation;

namespace Rca.Runs;

/// <summary>What the demonstration achieved; the content of <c>summary.json</c>. IoU figures are 0 to 1.</summary>
/// <param name="MapsMiou">Activation maps of the train pictures against their true masks, before the CRF.</param>
/// <param name="PseudoLabelMiou">Pseudo labels of the train pictures.</param>
/// <param name="SegmentationValMiou">Predictions on new scenes of known objects.</param>
/// <param name="SegmentationTestMiou">Predictions on scenes of objects never seen.</param>
/// <param name="Seconds">Time of each stage of this start, in order.</param>
/// <param name="Versions">What computed it.</param>
/// <param name="CommandLine">What was typed.</param>
public sealed record DemoSummary(
    double MapsMiou, double PseudoLabelMiou, double SegmentationValMiou, double SegmentationTestMiou,
    IReadOnlyDictionary<string, double> Seconds, RunVersions Versions, string CommandLine);

/// <summary>The whole way on the sample set: scenes, training, labels, segmentation network, evaluation.</summary>
public sealed class DemoRun(string folder, DemoOptions options, Compute compute, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly Dictionary<string, double> _seconds = [];

    /// <summary>Where the summary stands.</summary>
    public string SummaryPath => Path.Combine(folder, "summary.json");

    /// <summary>Runs all stages. What an earlier start has finished of the scenes and the two trainings is kept.</summary>
    /// <param name="commandLine">What was typed, for the summary.</param>
    public DemoSummary Run(string commandLine)
    {
        string scenes = Path.Combine(folder, "scenes"), labels = Path.Combine(folder, "labels"), predictions = Path.Combine(folder, "predictions");
        if (!Directory.Exists(scenes)) Timed("sample_scenes", () => SampleScenes.Write(scenes, options.Scenes, Count("Making scenes"), cancellation));
        TaggedDataset data = FolderDataset.Load(scenes);

        var classification = new RunFolder(Path.Combine(folder, "classification"));
        Timed("train", () => ClassificationRun.Train(data, classification, options.Classification, compute, progress, cancellation));

        LabellingResult labelled = Timed("label", () =>
        {
            var (model, _) = ClassificationRun.Load(classification, compute);
            using (model)
                return new LabellingRun(model, data.Classes, options.Classification.Size, options.Labelling, new LabellingFolders(), compute)
                    .Run(data.Of(Split.Train), labels, progress, cancellation);
        });

        var segmentation = new RunFolder(Path.Combine(folder, "segmentation"));
        Timed("segment", () => SegmentationRun.Train(data, labels, segmentation, options.Segmentation, compute, classification, progress, cancellation));

        var (network, _) = SegmentationRun.Load(segmentation, compute);
        using (network)
        {
            var segmenter = new Segmenter(network, compute, options.Segmentation.Size, options.Prediction);
            PredictionResult val = Predict(Split.Val), test = Predict(Split.Test);
            var summary = new DemoSummary(
                Miou(labelled.Maps), Miou(labelled.Labels), Miou(val.Evaluation), Miou(test.Evaluation), _seconds, RunVersions.Of(compute), commandLine);
            TextFile.Write(SummaryPath, JsonSerializer.Serialize(summary, Json));
            return summary;

            PredictionResult Predict(Split split)
            {
                string name = split.ToString().ToLowerInvariant();
                return Timed($"predict_{name}", () => SegmentationRun.Predict(
                    segmenter, data.Of(split), data.Classes, Path.Combine(predictions, name), overlays: null, progress, cancellation));
            }
        }
    }

    private static double Miou(EvaluationReport? report) => report?.MeanIou ?? 0;

    private T Timed<T>(string stage, Func<T> work)
    {
        var watch = Stopwatch.StartNew();
        T result = work();
        _seconds[stage] = Math.Round(watch.Elapsed.TotalSeconds, 1);
        return result;
    }

    private IProgress<(int Done, int Total)> Count(string stage) => new CountProgress(stage, progress);

    private sealed class CountProgress(string stage, IProgress<StageProgress>? heard) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => heard?.Report(new StageProgress(stage, value.Done, value.Total));
    }
}
