using System.Diagnostics;
using System.Globalization;
using Rca.Data;
using Rca.Pipelines;
using Rca.Reporting;
using Rca.Runs;

namespace Rca.Demo;

/// <summary>The whole way on the sample set: makes scenes, and sends them through the pipeline.</summary>
/// <param name="folder">Takes everything that the stages write.</param>
/// <param name="scenes">The sample set.</param>
/// <param name="options">Settings of all stages.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="time">Dates the report.</param>
public sealed class DemoRun(string folder, SampleScenesOptions scenes, PipelineOptions options, Compute compute, TimeProvider time)
{
    /// <summary>Runs all stages. What an earlier start has finished is kept.</summary>
    /// <param name="commandLine">What was typed, for the summary.</param>
    /// <param name="progress">Hears of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The figures, and where the page to look at is.</returns>
    public (PipelineSummary Summary, string ReportPath) Run(string commandLine, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string pictures = Path.Combine(folder, "scenes");
        var watch = Stopwatch.StartNew();
        bool made = !Directory.Exists(pictures);
        if (made) SampleScenes.Write(pictures, scenes, new CountProgress("Making scenes", progress), cancellation);
        TaggedDataset data = FolderDataset.Load(pictures);
        var pipeline = new Pipeline(data, folder, options, compute) { Before = made ? new StageTime("scenes", Math.Round(watch.Elapsed.TotalSeconds, 1)) : null };
        return (pipeline.Run(commandLine, summary => Describe(data, summary), progress, cancellation).Summary, pipeline.ReportPath);
    }

    private ReportContent Describe(TaggedDataset data, PipelineSummary summary) => new()
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
        Settings = [SettingsTable.Of("Scenes", new { scenes.Train, scenes.Val, scenes.Test, scenes.Size, scenes.Seed })],
    };
}
