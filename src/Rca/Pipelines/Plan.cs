using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rca.Files;
using Rca.Reporting;
using Rca.Text;

namespace Rca.Pipelines;

/// <summary>What a user wants of a run of all stages. Null means that the user did not say.</summary>
/// <param name="Weights">Public weights that the networks start from, by name or file; "none" for random weights.</param>
/// <param name="Method">"cam" for the plain network, or "rca" for one with memory, contrast and aggregation.</param>
/// <param name="Minutes">The most minutes that it may take, above 0.</param>
/// <param name="Quick">Takes about two thirds of the usual time and costs a few points of mean IoU.</param>
/// <param name="Seed">The seed of all random choices.</param>
public sealed record PlanRequest(string? Weights = null, string? Method = null, double? Minutes = null, bool? Quick = null, int? Seed = null);

/// <summary>What a whole run will do, chosen before it begins.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Options">The settings of all stages.</param>
/// <param name="Stages">The stages in their order, each with the seconds that it is expected to take, under the names of <see cref="Pipeline"/>.</param>
/// <param name="Changes">How the settings differ from the usual ones, a line each.</param>
public sealed record Plan(PlanRequest Request, PipelineOptions Options, IReadOnlyList<StageTime> Stages, IReadOnlyList<string> Changes)
{
    private const string FileName = "plan.json";

    /// <summary>Seconds that all stages are expected to take.</summary>
    [JsonIgnore]
    public double Seconds => Stages.Sum(static stage => stage.Seconds);

    /// <summary>Writes the plan into the folder of its run, so that a later start does not choose again.</summary>
    public void Write(string folder) => OutputFile.Write(folder, FileName, path => TextFile.Write(path, JsonSerializer.Serialize(this, SettingOverrides.Json)));

    /// <summary>The plan that an earlier start left in a folder, or null.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="request">What is asked for now.</param>
    /// <exception cref="RcaException">It was made for another request, or by another version.</exception>
    public static Plan? Find(string folder, PlanRequest request)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        Plan plan;
        try
        {
            plan = JsonSerializer.Deserialize<Plan>(File.ReadAllBytes(path), SettingOverrides.Json)!;
        }
        catch (JsonException e)
        {
            throw new RcaException($"{path} does not fit this version of the program: {e.Message}", e);
        }
        (string Name, object? Now, object? Then)[] asked =
        [
            ("weights", request.Weights, plan.Request.Weights), ("method", request.Method, plan.Request.Method), ("minutes", request.Minutes, plan.Request.Minutes),
            ("quick", request.Quick, plan.Request.Quick), ("seed", request.Seed, plan.Request.Seed),
        ];
        string[] differences = [.. asked.Where(static item => item.Now is not null && !item.Now.Equals(item.Then))
            .Select(static item => $"\n  {item.Name}: the run has {Text(item.Then)}, now {Text(item.Now)}")];
        return differences.Length == 0
            ? plan
            : throw new RcaException($"{folder} holds a run that was begun otherwise. Leave these options out to go on with it, or choose another folder with --out:{string.Concat(differences)}");
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        bool on => on ? "yes" : "no",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
