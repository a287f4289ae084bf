using System.Globalization;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data;
using Rca.Progress;

namespace Rca.Pipelines;

/// <summary>The whole way on a user's pictures: plans it once, and runs the plan.</summary>
/// <param name="data">The pictures.</param>
/// <param name="folder">Takes the plan and everything that the stages write.</param>
/// <param name="compute">Device and precision.</param>
/// <param name="time">Dates the report.</param>
public sealed class WholeRun(TaggedDataset data, string folder, Compute compute, TimeProvider time)
{
    private const string None = "none", Rca = "rca", Cam = "cam";

    /// <summary>What a request may say of the method.</summary>
    public static IReadOnlyList<string> Methods { get; } = [Rca, Cam];

    /// <summary>The plan of an earlier start in this folder, or a new one, which is written there; nothing else is done yet.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="measure">Measures the machine with the usual settings; null tries it for some seconds.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <exception cref="RcaException">The pictures or the request cannot be used, or a run that was begun otherwise stands in the folder.</exception>
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
    /// <param name="progress">Hears of every stage.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">The data cannot be used, or is not what the run began with.</exception>
    public PipelineResult Run(Plan plan, string commandLine, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default) =>
        PipelineOf(plan).Run(commandLine, progress, cancellation);
}
