using System.CommandLine;
using System.Globalization;
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Presets;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>train</c>: trains the classification network on tags.</summary>
internal sealed class TrainCommand : RcaCommand
{
    private const string Rca = "rca", Cam = "cam", Released = "released";
    private static readonly ClassificationOptions Nothing = new(), Usual = Nothing.FromWeights(PackagedWeights.Name);

    private readonly DataInput _data = new();
    private readonly Option<string> _run = Common.Folder("--out", "Run folder; a run that stands there goes on where it stopped.");
    private readonly Option<string?> _method = Common.OneOf("--method", "cam: the plain network; rca: with memory, contrast and aggregation; or released: the model and schedule of the public code. [default: cam, or rca without aggregation from random weights]", [Rca, Cam, Released]);
    private readonly Option<string?> _preset = Common.Preset();
    private readonly Option<string?> _backbone = Common.OneOf("--backbone", $"Network that makes the features. [default: that of the weights, or {Nothing.Backbone} from random ones]", Backbone.Names);
    private readonly Option<string?> _weights = Common.Weights();
    private readonly Option<double?> _width = Common.Width(Nothing.Width);
    private readonly Option<int> _epochs = Common.Number("--epochs", $"Passes over the train images (from random weights {Nothing.Epochs}).", Usual.Epochs);
    private readonly Option<int> _batch = Common.Number("--batch", "Pictures in a step.", Usual.BatchSize);
    private readonly Option<int> _size = Common.Number("--size", $"Side of the training square in pixels (from random weights {Nothing.Size}).", Usual.Size);
    private readonly Option<double> _rate = Common.Number("--learning-rate", string.Create(CultureInfo.InvariantCulture, $"Peak learning rate (from random weights {Nothing.LearningRate})."), Usual.LearningRate);
    private readonly Option<int> _seed = Common.Number("--seed", "Seed of all choices: the same seed gives the same run.", Usual.Seed);
    private readonly Option<bool?> _contrast = new("--contrast") { Description = "Semantic contrast against the regional memory. [default: as --method has it]", HelpName = "true|false" };
    private readonly Option<bool?> _aggregation = new("--aggregation") { Description = "Semantic aggregation of the memory's prototypes. [default: as --method has it]", HelpName = "true|false" };
    private readonly Option<double> _gate = Common.Number("--score-gate", "Score above which a region enters the memory; 0 lets all in.", Usual.ScoreGate);
    private readonly Option<string[]> _set = Common.Set();
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();
    private readonly Option<bool> _deterministic = Common.Deterministic("weights");

    public TrainCommand(Terminal terminal)
        : base("train", "Trains the classification network on tagged pictures.", terminal)
    {
        Arguments.Add(_data.Folder);
        Take(_run, _method, _preset, _backbone, _weights, _width, _epochs, _batch, _size, _rate, _seed, _contrast, _aggregation, _gate, _set, _device, _precision, _deterministic);
        Take(_data.Options);
        Validators.Add(result =>
        {
            if (result.GetResult(_preset) is not null && result.GetResult(_method) is not null)
                result.AddError("--preset brings its own method: leave out --method.");
        });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("train photos --out runs/photos", "Trains with the usual settings, from the ImageNet weights that came with the set-up."),
        new("train photos --out runs/rca --method rca", "With memory, contrast and aggregation, everything else the same."),
        new("train scans --out runs/scans --weights none --size 128 --epochs 80", "From random weights, for pictures that are no photographs."),
        new("train VOCdevkit/VOC2012 --split-list train_aug --out runs/voc --preset voc-released --weights vgg16-397923af.pth", "The public code's training on PASCAL VOC."),
        new("train photos --out runs/large --weights resnet50 --size 320", "A larger network; its weights are fetched where they are not here."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var folder = new RunFolder(parsed.GetRequiredValue(_run));
        var usual = Start(parsed, output, cancel);
        var options = usual with
        {
            Width = parsed.GetValue(_width) ?? usual.Width,
            Epochs = parsed.Given(_epochs, usual.Epochs),
            BatchSize = parsed.Given(_batch, usual.BatchSize),
            Size = parsed.Given(_size, usual.Size),
            LearningRate = parsed.Given(_rate, usual.LearningRate),
            Seed = parsed.GetValue(_seed),
            Contrast = parsed.GetValue(_contrast) ?? usual.Contrast,
            Aggregation = parsed.GetValue(_aggregation) ?? usual.Aggregation,
            ScoreGate = parsed.Given(_gate, usual.ScoreGate),
            Precision = parsed.GetValue(_precision),
        };
        options = Common.Change(options, parsed.GetValue(_set)!);
        if (options.DeepHeads && options.Weights is null && !folder.Exists)
            output.Note("warning: the public code's heads and aggregation are made for a backbone of public weights; from random ones the first epochs may be unstable. --weights starts from a file ('./rca weights list').");
        var dataset = _data.Load(parsed, output);
        var compute = new Compute(parsed.GetRequiredValue(_device), options.Precision, parsed.GetValue(_deterministic));
        var result = output.WithProgress(progress => ClassificationRun.Train(dataset, folder, options, compute, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        output.Json(result);
        Common.ShowResume(folder, result.EpochsBefore, result.Epochs, output);
        if (result.FinalLoss is { } loss)
            output.Line($"{result.Epochs} epochs, loss {loss:0.000}{(result.TagPrecision is { } ap ? $", tags of val pictures found with average precision {Common.Percent(ap)}" : "")}, {Common.Duration(result.Seconds)}.");
        output.Line($"Next: ./rca label {folder.Path} {dataset.Root} --out {folder.Path}/labels");
        return ExitCode.Ok;
    }

    /// <summary>The settings before single options change them.</summary>
    private ClassificationOptions Start(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string? typed = parsed.GetValue(_weights), backbone = parsed.GetValue(_backbone);
        if (parsed.GetValue(_preset) is { } name)
        {
            var preset = Preset.Named(name).Classification;
            if (typed is null) return preset with { Backbone = backbone ?? preset.Backbone };
            string? named = Common.StartingWeights(typed, backbone, output, cancel);
            if (preset.KeepsOfBackbone && named is null) throw new RcaException($"--preset {name} is made for a backbone of public weights; --weights none cannot be.");
            return preset with { Weights = named, Backbone = backbone ?? (preset.Weights is null || named is null ? preset.Backbone : Backbone.For(named)?.Name ?? preset.Backbone) };
        }
        // The public code's settings are made for weights that are named.
        bool released = parsed.GetValue(_method) == Released;
        string? weights = released && typed is null ? null : Common.StartingWeights(typed, backbone, output, cancel);
        if (released) return (Nothing with { Weights = weights, Backbone = backbone ?? (weights is null ? null : Backbone.For(weights)?.Name) ?? Nothing.Backbone, Width = weights is null ? Nothing.Width : 1 }).AsReleased();
        var usual = weights is null ? Nothing : Nothing.FromWeights(weights);
        usual = usual with { Backbone = backbone ?? usual.Backbone };
        return parsed.GetValue(_method) switch
        {
            Cam => usual.AsCam(),
            Rca => usual.AsRca(),
            _ => usual,
        };
    }
}
