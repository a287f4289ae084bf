using System.Diagnostics;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Folder;
using Rca.Pipelines;
using Rca.Progress;
using Rca.Reporting;

namespace Rca.Samples;

/// <summary>The demonstration: makes the scenes and runs all stages on them.</summary>
/// <param name="folder">The folder into which all stages write.</param>
/// <param name="scenes">The sample set.</param>
/// <param name="options">Settings of all stages.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="time">Dates the report.</param>
public sealed class DemoRun(string folder, SampleScenesOptions scenes, PipelineOptions options, Compute compute, TimeProvider time)
{
    /// <summary>Runs all stages. What an earlier start has finished is kept.</summary>
    /// <param name="commandLine">What was typed, for the summary.</param>
    /// <param name="progress">Receives the progress of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>The figures, and the path of the report.</returns>
    public (PipelineSummary Summary, string ReportPath) Run(string commandLine, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        string pictures = Path.Combine(folder, "scenes");
        var watch = Stopwatch.StartNew();
        bool made = !Directory.Exists(pictures);
        if (made) SampleScenes.Write(pictures, scenes, new CountProgress("Making scenes", progress), cancellation);
        TaggedDataset data = FolderDataset.Load(pictures);
        var pipeline = new Pipeline(data, folder, options, compute, "From tags to masks: the sample scenes", time)
        {
            Before = made ? new StageTime("scenes", Math.Round(watch.Elapsed.TotalSeconds, 1)) : null,
            Explanations = new Dictionary<string, string>
            {
                [Pipeline.Val] = "Other scenes of the objects in train.",
                [Pipeline.Test] = "Objects that no training scene shows.",
            },
            Described = [SettingsTable.Of("Scenes", new { scenes.Train, scenes.Val, scenes.Test, scenes.Size, scenes.Seed })],
        };
        return (pipeline.Run(commandLine, progress, cancellation).Summary, pipeline.ReportPath);
    }
}
