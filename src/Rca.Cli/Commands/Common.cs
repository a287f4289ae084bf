using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Rca.Backbones;
using Rca.Computing;
using Rca.Data;
using Rca.Text;
using Rca.Training;
using Rca.Weights;

namespace Rca.Cli.Commands;

/// <summary>Arguments and options that mean the same in every command.</summary>
internal static class Common
{
    /// <summary>Where the set-up script unpacks what it fetches; the launcher names it.</summary>
    public static string CacheFolder => Environment.GetEnvironmentVariable("RCA_CACHE") ?? ".cache";

    /// <summary>A file of weights.</summary>
    public static Argument<string> WeightFile() => new("FILE") { Description = "A safetensors file, or a .pth or .pt of PyTorch." };

    /// <summary>A text from a file, for a line on a terminal: of bounded length, without control characters.</summary>
    public static string Printable(string text) => string.Concat((text.Length > 200 ? text[..200] + "…" : text).Select(static c => char.IsControl(c) ? '\uFFFD' : c));

    /// <summary>A folder to read or write.</summary>
    public static Option<string> Folder(string name, string description, bool required = true) =>
        new(name) { Description = description, HelpName = "DIR", Required = required };

    /// <summary>A number with a default.</summary>
    public static Option<T> Number<T>(string name, string description, T usual) where T : INumber<T> =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => usual };

    /// <summary>One of a few words, or null.</summary>
    public static Option<string?> OneOf(string name, string description, IReadOnlyList<string> words)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', words) };
        option.CompletionSources.Add([.. words]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value))
                result.AddError($"{name} is '{token.Value}'; expected {string.Join(", ", words)}.{NearestName.Hint(token.Value, words)}");
        });
        return option;
    }

    /// <summary>Weights that the backbone starts from.</summary>
    public static Option<string?> Weights() => new("--weights")
    {
        Description = $"Weights that the backbone starts from: a name of 'weights list', a file, or none for random ones. [default: {PackagedWeights.Name}, or none with another --backbone]",
        HelpName = "NAME|FILE|none",
    };

    /// <summary>
    /// The weights to start from: what was typed, otherwise those of the set-up, unless another backbone was named. Weights that can be pulled are
    /// pulled where they are not here yet. Null is random weights.
    /// </summary>
    public static string? StartingWeights(string? typed, string? backbone, Output output, CancellationToken cancel)
    {
        const string none = "none";
        typed ??= backbone is null or PackagedWeights.Name ? PackagedWeights.Name : none;
        if (PublicWeightFile.All.FirstOrDefault(known => known.Name == typed) is { } known && !File.Exists(Path.Combine(PublicWeightFile.CacheFolder, known.FileName)))
        {
            output.Note($"Fetching the weights {known.Name} ({known.Megabytes} MiB) from {PublicWeightFile.Source} into {PublicWeightFile.CacheFolder}, once.");
            output.WithProgress(progress => new WeightDownload(PublicWeightFile.Source, WeightsPullCommand.Patience).Fetch(known, PublicWeightFile.CacheFolder, progress, cancel).GetAwaiter().GetResult());
        }
        return typed == none ? null : typed;
    }

    /// <summary>Factor on the backbone's channels; public weights have a width of their own.</summary>
    public static Option<double?> Width(double usual) => new("--width")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"Factor on the backbone's channels. [default: 1, or {usual} from random weights]"), HelpName = "N",
    };

    /// <summary>A configuration of all stages to start from.</summary>
    public static Option<string?> Preset()
    {
        var option = new Option<string?>("--preset")
        {
            Description = "Starts from the settings of a preset ('./rca preset list'); every other option changes them.", HelpName = "NAME",
        };
        option.CompletionSources.Add([.. Presets.Preset.All.Select(static preset => preset.Name)]);
        return option;
    }

    /// <summary>The value of an option if it was typed, otherwise the default here.</summary>
    public static T Given<T>(this ParseResult parsed, Option<T> option, T usual) =>
        parsed.GetResult(option) is { Implicit: false } ? parsed.GetRequiredValue(option) : usual;

    /// <summary>Name of a preset.</summary>
    public static Argument<string> PresetName()
    {
        var argument = new Argument<string>("NAME") { Description = "Name of a preset ('./rca preset list')." };
        argument.CompletionSources.Add([.. Presets.Preset.All.Select(static preset => preset.Name)]);
        return argument;
    }

    /// <summary>A switch that is on by default.</summary>
    public static Option<bool> On(string name, string description) =>
        new(name) { Description = $"{description} [default: true]", HelpName = "true|false", DefaultValueFactory = _ => true };

    /// <summary>How much background counts where a segmentation network decides labels; null for the network's own weight.</summary>
    public static Option<double?> BackgroundWeight() => new("--background-weight")
    {
        Description = "How much background's probability counts; lower makes less background. [default: the network's own]", HelpName = "N",
    };

    /// <summary>Changes settings that have no option of their own.</summary>
    /// <param name="where">Where the names of the settings can be found.</param>
    public static Option<string[]> Set(string where = "the run's config.json") => new("--set")
    {
        Description = $"Changes any setting by its name in {where}; may be repeated.", HelpName = "NAME=VALUE", DefaultValueFactory = _ => [],
    };

    /// <summary>Where the network computes.</summary>
    public static Option<string> Device()
    {
        var option = new Option<string>("--device")
        {
            Description = "auto (CUDA where there is one), cpu, cuda or cuda:N.", HelpName = "DEVICE", DefaultValueFactory = _ => "auto",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && !Torch.Device.IsWellFormed(text))
                result.AddError($"--device: '{text}' is unknown. Use auto, cpu, cuda or cuda:N.");
        });
        return option;
    }

    /// <summary>How exactly the network computes.</summary>
    public static Option<Precision> Precision() => new("--precision")
    {
        Description = "auto (bf16 where the hardware has it), fp32 or bf16.",
        HelpName = "auto|fp32|bf16",
        DefaultValueFactory = _ => Computing.Precision.Auto,
    };

    /// <summary>Whether the network computes so that runs repeat themselves; <paramref name="what"/> is what they then share.</summary>
    public static Option<bool> Deterministic(string what) => new("--deterministic")
    {
        Description = $"Repeated runs give the same {what}, bit for bit, on the same machine with as many threads.",
    };

    /// <summary>Several numbers with commas between them; none where the option is left out.</summary>
    public static Option<double[]> Numbers(string name, string description, IReadOnlyList<double> usual) => new(name)
    {
        // The parser would show the default with other marks between the numbers than it reads.
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} [default: {string.Join(',', usual)}]"),
        HelpName = "N,N,...",
        CustomParser = result =>
        {
            string text = string.Join(',', result.Tokens.Select(static token => token.Value));
            var numbers = new List<double>();
            foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (double.TryParse(part, CultureInfo.InvariantCulture, out double number)) numbers.Add(number);
                else result.AddError($"{name}: '{part}' is not a number. Write numbers with commas between them, as in 0.5,1,1.5.");
            }
            return [.. numbers];
        },
    };

    /// <summary>Settings of a training with some of them changed by name.</summary>
    /// <exception cref="RcaException">A name or a value cannot be used.</exception>
    public static T Change<T>(T options, IReadOnlyList<string> assignments) where T : TrainingOptions
    {
        T changed = SettingOverrides.Apply(options, assignments);
        return changed.Weights == options.Weights ? changed : throw new RcaException("weights cannot be changed by --set, for other settings follow from them. Use --weights FILE.");
    }

    /// <summary>A run's classes must be the data set's: labels are numbers.</summary>
    /// <exception cref="RcaException">They differ.</exception>
    public static void RequireSameClasses(IReadOnlyList<string> run, TaggedDataset data)
    {
        if (run.SequenceEqual(data.Classes))
            return;
        var mend = data.Layout == DatasetLayout.Folder ? $"Write the run's classes, in this order, into {Path.Combine(data.Root, "classes.txt")}, or train anew." : "Train on this data set.";
        throw new RcaException($"The run was trained for the classes {string.Join(", ", run)}, but {data.Root} has {string.Join(", ", data.Classes)}. {mend}");
    }

    /// <summary>Folders that a command writes must not be each other, nor the data set's own pictures and masks: the file names are the same.</summary>
    /// <param name="written">Name of the option and its folder, or null where it is not given.</param>
    /// <param name="kept">Folders that must stay as they are.</param>
    /// <exception cref="RcaException">Two are one.</exception>
    public static void RequireSeparate(IReadOnlyList<(string Option, string? Folder)> written, IReadOnlyList<string?> kept)
    {
        var taken = new Dictionary<string, string>();
        foreach (string folder in kept.OfType<string>()) taken[Real(folder)] = $"{folder}, whose files would be overwritten";
        foreach (var (option, folder) in written)
            if (folder is not null && !taken.TryAdd(Real(folder), $"the folder of {option}"))
                throw new RcaException($"{option} {folder} is {taken[Real(folder)]}. Choose another folder for {option}.");

        static string Real(string folder) => Path.TrimEndingDirectorySeparator(
            Directory.Exists(folder) ? new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder) : Path.GetFullPath(folder));
    }

    /// <summary>Names the files that were left out.</summary>
    public static void NoteUnreadable(IReadOnlyDictionary<string, string> unreadable, Output output)
    {
        const int most = 10;
        foreach (string reason in unreadable.Values.Order(StringComparer.Ordinal).Take(most))
            output.Note($"warning: left out: {reason}");
        if (unreadable.Count > most)
            output.Note($"warning: {unreadable.Count - most} more files were left out");
    }

    /// <summary>The first ten names.</summary>
    public static string Names(IReadOnlyList<string> names) => string.Join(", ", names.Take(10)) + (names.Count > 10 ? ", ..." : "");

    /// <summary>Tells if a damaged checkpoint gave way to the one before.</summary>
    public static void NoteDamage(RunFolder run, Output output)
    {
        if (run.Damage is { } damage)
            output.Note($"warning: {damage}");
    }

    /// <summary>Tells where a run went on, or that nothing was left to do.</summary>
    public static void ShowResume(RunFolder run, int before, int epochs, Output output)
    {
        NoteDamage(run, output);
        if (before >= epochs)
            output.Line($"The run in {run.Path} had already finished its {epochs} epochs; nothing was left to do.");
        else if (before > 0)
            output.Line($"Went on with the run in {run.Path} after its epoch {before}.");
    }

    /// <summary>0.6712 as "67.1 %".</summary>
    public static string Percent(double? value) =>
        value is { } number ? string.Create(CultureInfo.InvariantCulture, $"{100 * number:0.0} %") : "none";

    /// <summary>A time for people.</summary>
    public static string Duration(double seconds) =>
        seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s") : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min");
}
