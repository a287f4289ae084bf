using System.Globalization;
using System.Text;
using System.Text.Json;
using Rca.Backbones;
using Rca.Computing;
using Rca.Files;
using Rca.Text;
using Rca.Torch;

namespace Rca.Training;

/// <summary>What a run is: which network, for which classes, with which settings.</summary>
/// <typeparam name="TOptions">The settings of the kind of run.</typeparam>
/// <param name="Kind">"classification" or "segmentation".</param>
/// <param name="Classes">Class names in order.</param>
/// <param name="TrainImages">Fingerprint of the train images and their tags: a run cannot go on with others.</param>
/// <param name="Options">All settings, defaults included.</param>
/// <param name="Versions">What computed it.</param>
public sealed record RunConfiguration<TOptions>(string Kind, IReadOnlyList<string> Classes, string TrainImages, TOptions Options, RunVersions Versions);

/// <summary>The programs behind a run.</summary>
/// <param name="Rca">Version of this library.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="Dotnet">Version of .NET.</param>
/// <param name="Compute">Device and precision.</param>
public sealed record RunVersions(string Rca, string Libtorch, string Dotnet, string Compute)
{
    /// <summary>The versions of this process.</summary>
    public static RunVersions Of(Compute compute) => new(
        typeof(RunVersions).Assembly.GetName().Version!.ToString(3), TorchRuntime.Version, Environment.Version.ToString(), compute.ToString());
}

/// <summary>
/// The folder of one training run: <c>config.json</c>, <c>checkpoint.safetensors</c> (after each epoch), <c>metrics.csv</c> (a row for each epoch).
/// </summary>
public sealed class RunFolder
{
    private const string EpochKey = "epochs_done";
    private const long MaxConfigurationBytes = 16 << 20;

    /// <summary>Names a run's folder; nothing is read or written yet.</summary>
    public RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The weights and everything else that is needed to go on.</summary>
    public string CheckpointPath => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>The checkpoint before, which takes the place of the last one if that is damaged.</summary>
    public string PreviousCheckpointPath => System.IO.Path.Combine(Path, "checkpoint.previous.safetensors");

    /// <summary>What was wrong with the last checkpoint, so that the one before took its place; null if nothing was.</summary>
    public string? Damage { get; private set; }

    /// <summary>The row for each epoch.</summary>
    public string MetricsPath => System.IO.Path.Combine(Path, "metrics.csv");

    /// <summary>The maps that training accumulated, if it did.</summary>
    public string MapsPath => System.IO.Path.Combine(Path, "maps");

    /// <summary>True if the folder holds a run that has finished an epoch.</summary>
    public bool Exists => File.Exists(ConfigurationPath) && (File.Exists(CheckpointPath) || File.Exists(PreviousCheckpointPath));

    private string ConfigurationPath => System.IO.Path.Combine(Path, "config.json");

    /// <summary>
    /// Starts a run here, or finds the run of this folder if it has the same classes and settings. A run that has not finished an epoch
    /// is replaced: it holds nothing worth keeping, and a setting may have been what stopped it.
    /// </summary>
    /// <returns>Epochs that are done: 0 for a new run.</returns>
    /// <exception cref="RcaException">Another run, with other settings, stands here.</exception>
    public int Begin<TOptions>(RunConfiguration<TOptions> configuration)
    {
        if (!Exists)
        {
            try
            {
                Directory.CreateDirectory(Path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RcaException($"The run folder {Path} cannot be made ({e.Message}).", e);
            }
            TextFile.Write(ConfigurationPath, JsonSerializer.Serialize(configuration, SettingOverrides.Json));
            return 0;
        }
        RunConfiguration<TOptions> found = Read<TOptions>(configuration.Kind);
        string[] differences = [.. Differences(Fields(found), Fields(configuration))];
        if (differences.Length > 0)
            throw new RcaException($"{Path} holds a run with other settings. Choose another folder, or repeat its settings:{string.Concat(differences)}");
        if (ProblemOf(CheckpointPath) is { } problem && ProblemOf(PreviousCheckpointPath) is null)
        {
            Damage = DamageOf(problem);
            // Whatever was wrong with it, nothing is lost.
            if (File.Exists(CheckpointPath)) File.Move(CheckpointPath, System.IO.Path.Combine(Path, "checkpoint.damaged.safetensors"), overwrite: true);
            File.Move(PreviousCheckpointPath, CheckpointPath);
        }
        return EpochsDone();
    }

    /// <summary>Reads the configuration of a run of the given kind.</summary>
    /// <exception cref="RcaException">There is no such run here.</exception>
    public RunConfiguration<TOptions> Read<TOptions>(string kind)
    {
        string found = ReadKind();
        if (found != kind)
            throw new RcaException($"{Path} is a {found} run; a {kind} run is needed here. './rca {(kind == "classification" ? "train" : "segment")}' makes one.");
        try
        {
            return JsonSerializer.Deserialize<RunConfiguration<TOptions>>(File.ReadAllBytes(ConfigurationPath), SettingOverrides.Json)!;
        }
        catch (JsonException e)
        {
            throw new RcaException($"{ConfigurationPath} does not fit this version of the program: {e.Message}", e);
        }
    }

    /// <summary>The run's kind.</summary>
    /// <exception cref="RcaException">This is no run folder.</exception>
    public string ReadKind()
    {
        var file = new FileInfo(ConfigurationPath);
        if (!file.Exists)
            throw new RcaException($"{Path} is not a run folder: it has no config.json. './rca train' and './rca segment' make run folders.");
        try
        {
            if (file.Length > MaxConfigurationBytes) throw new JsonException($"{file.Length} bytes are too many");
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(ConfigurationPath));
            return document.RootElement.GetProperty("kind").GetString() ?? throw new JsonException("kind is null");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"{ConfigurationPath} is not a run's configuration: {e.Message}", e);
        }
    }

    /// <summary>Writes a checkpoint, complete or not at all. The one before is kept.</summary>
    public void SaveCheckpoint(IEnumerable<(string Name, Tensor Value)> state, int epochsDone)
    {
        using var scope = new TensorScope();
        string next = System.IO.Path.Combine(Path, "checkpoint.next.safetensors");
        Safetensors.Write(next, state, new Dictionary<string, string> { [EpochKey] = epochsDone.ToString(CultureInfo.InvariantCulture) });
        if (File.Exists(CheckpointPath)) File.Move(CheckpointPath, PreviousCheckpointPath, overwrite: true);
        File.Move(next, CheckpointPath);
    }

    /// <summary>Reads the checkpoint; the caller disposes it.</summary>
    /// <exception cref="RcaException">There is none yet.</exception>
    public WeightFile ReadCheckpoint()
    {
        if (!Exists) throw new RcaException($"{Path} has no checkpoint yet: its first epoch has not ended.");
        try
        {
            return ReadVerified(CheckpointPath);
        }
        catch (WeightFileException e) when (ProblemOf(PreviousCheckpointPath) is null)
        {
            Damage = DamageOf(e.Message);
            return ReadVerified(PreviousCheckpointPath);
        }
    }

    /// <summary>Loads the trained network of this folder, ready for use; it is the caller's.</summary>
    /// <param name="kind">The kind of run.</param>
    /// <param name="create">Makes the network with fresh weights.</param>
    /// <param name="compute">Device and precision.</param>
    /// <exception cref="RcaException">There is no such run here, or none with a finished epoch.</exception>
    internal (TModel Model, RunConfiguration<TOptions> Configuration) Load<TModel, TOptions>(string kind, Func<RunConfiguration<TOptions>, TModel> create, Compute compute)
        where TModel : BackboneModel
        where TOptions : TrainingOptions
    {
        RunConfiguration<TOptions> configuration = Read<TOptions>(kind);
        configuration.Options.Validate();
        using WeightFile saved = ReadCheckpoint();
        TModel model = create(configuration);
        try
        {
            model.LoadState(saved.Below("model."));
        }
        catch
        {
            model.Dispose();
            throw;
        }
        compute.For(model.Backbone.Description?.SavesProducts).Place(model);
        model.Train(false);
        return (model, configuration);
    }

    /// <summary>Writes the row of one epoch and drops rows of later ones, which a stopped run may have left.</summary>
    /// <param name="epoch">Counted from 1.</param>
    /// <param name="values">The other columns; null writes an empty cell.</param>
    public void WriteMetrics(int epoch, IReadOnlyList<(string Name, double? Value)> values)
    {
        string header = string.Join(',', values.Select(static item => item.Name).Prepend("epoch"));
        string row = string.Join(',', values.Select(static item => item.Value?.ToString("G6", CultureInfo.InvariantCulture)).Prepend($"{epoch}"));
        var text = new StringBuilder(header).Append('\n');
        if (File.Exists(MetricsPath))
            foreach (string line in File.ReadLines(MetricsPath).Skip(1).Take(epoch - 1)) text.Append(line).Append('\n');
        TextFile.Write(MetricsPath, text.Append(row).Append('\n').ToString());
    }

    private static string DamageOf(string problem) => $"{problem.TrimEnd('.')}. The checkpoint before takes its place.";

    private static WeightFile ReadVerified(string path)
    {
        using WeightReader reader = WeightReader.Open(path);
        reader.Verify();
        return reader.ReadAll();
    }

    /// <summary>What is wrong with a checkpoint; null if it is whole.</summary>
    private static string? ProblemOf(string path)
    {
        try
        {
            using WeightReader reader = WeightReader.Open(path);
            reader.Verify();
            return null;
        }
        catch (WeightFileException e)
        {
            return e.Message;
        }
    }

    private int EpochsDone()
    {
        if (Safetensors.ReadMetadata(CheckpointPath).TryGetValue(EpochKey, out string? text) && int.TryParse(text, out int epochs) && epochs > 0) return epochs;
        throw new RcaException($"{CheckpointPath} does not say how many epochs are done; it is not one of this program's checkpoints.");
    }

    private static Dictionary<string, string> Fields<TOptions>(RunConfiguration<TOptions> configuration)
    {
        var fields = new Dictionary<string, string>
        {
            ["classes"] = string.Join(", ", configuration.Classes),
            ["train images"] = configuration.TrainImages,
        };
        foreach (JsonProperty property in JsonSerializer.SerializeToElement(configuration.Options, SettingOverrides.Json).EnumerateObject())
            fields[property.Name] = property.Value.GetRawText();
        return fields;
    }

    private static IEnumerable<string> Differences(Dictionary<string, string> found, Dictionary<string, string> wanted) =>
        from name in wanted.Keys.Union(found.Keys)
        let there = found.GetValueOrDefault(name, "nothing")
        let here = wanted.GetValueOrDefault(name, "nothing")
        where there != here
        select $"\n  {name}: the run has {there}, now {here}";
}
