using System.Globalization;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data;
using Rca.Progress;

namespace Rca.Pipelines;

/// <summary>All stages on a user's pictures: makes a plan once, and runs it.</summary>
/// <param name="data">The pictures.</param>
/// <param name="folder">The folder for the plan and for the files of all stages.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="time">Dates the report.</param>
public sealed class WholeRun(TaggedDataset data, string folder, Compute compute, TimeProvider time)
{
    private const string None = "none", Rca = "rca", Cam = "cam";

    /// <summary>The methods that a request may name.</summary>
    public static IReadOnlyList<string> Methods { get; } = [Rca, Cam];

    /// <summary>Returns the plan of an earlier start in this folder, or makes a new one and writes it there. Does nothing else.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="measure">Measures the machine with the usual settings; null tries it for some seconds.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="RcaException">The pictures or the request cannot be used, or the folder holds a run that was started with other options.</exception>
    public Plan Prepare(PlanRequest request, Func<PipelineOptions, MachineSpeed>? measure = null, CancellationToken cancellation = default)
    {
        if (Plan.Find(folder, request) is { } plan) return plan;
        if (request.Minutes is { } minutes && !(minutes > 0)) throw new RcaException(string.Create(CultureInfo.InvariantCulture, $"minutes is {minutes}; expected more than 0."));
        request = request with
        {
            Weights = request.Weights ?? PackagedWeights.Name, Method = request.Method ?? Cam, Quick = request.Quick ?? false, Seed = request.Seed ?? 0,
        };
        PipelineOptions usual = PipelineOptions.Usual(request.Weights == None ? null : request.Weights).WithSeed(request.Seed.Value);
        usual = usual with { Classification = request.Method == Cam ? usual.Classification.AsCam() : usual.Classification.AsRca() };
        if (usual.Classification.Weights is { } weights && PublicWeights.Locate(weights) is var file && !File.Exists(file)) throw new RcaException($"The weights {file} do not exist.");
        PictureCounts counts = PictureCounts.Of(data);
        MachineSpeed speed = measure is null ? MachineSpeed.Measure(data, usual, compute, cancellation) : measure(usual);
        plan = new Planner(usual, counts, speed).Choose(request);
        plan.Write(folder);
        return plan;
    }

    /// <summary>Where a plan's stages read and write.</summary>
    public Pipeline PipelineOf(Plan plan) => new(data, folder, plan.Options, compute, $"From tags to masks: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data.Root)))}", time) { Expected = plan.Stages };

    /// <summary>Runs the plan. A start goes on where an earlier one stopped.</summary>
    /// <param name="plan">What <see cref="Prepare"/> gave.</param>
    /// <param name="commandLine">What was typed, for the summary.</param>
    /// <param name="progress">Receives the progress of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">The data cannot be used, or is not what the run began with.</exception>
    public PipelineResult Run(Plan plan, string commandLine, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default) =>
        PipelineOf(plan).Run(commandLine, progress, cancellation);
}
