using System.CommandLine;
using Rca.Backbones;
using Rca.Classification;
using Rca.Presets;
using Rca.Runs;

namespace Rca.Cli.Commands;

/// <summary><c>train</c>: trains the classification network on tags.</summary>
internal sealed class TrainCommand : RcaCommand
{
    private const string Rca = "rca", Cam = "cam", Released = "released";
    private static readonly ClassificationOptions Usual = new();

    private readonly DataInput _data = new();
    private readonly Option<string> _run = Common.Folder("--out", "Run folder; a run that stands there goes on where it stopped.");
    private readonly Option<string> _method = Common.OneOf("--method", "rca; cam: the plain network without memory, contrast and aggregation; or released: the model and schedule of the public code.", Rca, [Rca, Cam, Released]);
    private readonly Option<string?> _preset = Common.Preset();
    private readonly Option<string> _backbone = Common.OneOf("--backbone", "Network that makes the features.", Usual.Backbone, Backbone.Names);
    private readonly Option<string?> _weights = Common.Weights();
    private readonly Option<double?> _width = Common.Width(Usual.Width);
    private readonly Option<int> _epochs = Common.Number("--epochs", "Passes over the train images.", Usual.Epochs);
    private readonly Option<int> _batch = Common.Number("--batch", "Pictures in a step.", Usual.BatchSize);
    private readonly Option<int> _size = Common.Number("--size", "Side of the training square in pixels.", Usual.Size);
    private readonly Option<double> _rate = Common.Number("--learning-rate", "Peak learning rate.", Usual.LearningRate);
    private readonly Option<int> _seed = Common.Number("--seed", "Seed of all choices: the same seed gives the same run.", Usual.Seed);
    private readonly Option<bool> _contrast = Common.On("--contrast", "Semantic contrast against the regional memory.");
    private readonly Option<bool?> _aggregation = new("--aggregation")
    {
        Description = "Semantic aggregation of the memory's prototypes; it wants features that are trained already. [default: true with --weights, else false]",
        HelpName = "true|false",
    };
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
            if (result.GetResult(_preset) is not null && result.GetResult(_method) is { Implicit: false })
                result.AddError("--preset brings its own method: leave out --method.");
        });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("train scenes --out runs/first", "Trains with the usual settings."),
        new("train scenes --out runs/paper --aggregation true", "All parts of the paper, from random weights."),
        new("train scenes --out runs/cam --method cam", "The plain baseline, everything else the same."),
        new("train VOCdevkit/VOC2012 --split-list train_aug --out runs/voc --preset voc-released --weights vgg16-397923af.pth", "The public code's training on PASCAL VOC."),
        new("train photos --out runs/photos --size 320 --width 1 --epochs 60", "Larger pictures and a larger network."),
        new("train photos --out runs/vgg --backbone vgg16 --weights vgg16-397923af.pth --size 320", "Starts from weights that are trained already."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var folder = new RunFolder(parsed.GetRequiredValue(_run));
        var usual = Start(parsed);
        var options = usual with
        {
            Backbone = parsed.Given(_backbone, usual.Backbone),
            Width = parsed.GetValue(_width) ?? usual.Width,
            Epochs = parsed.Given(_epochs, usual.Epochs),
            BatchSize = parsed.Given(_batch, usual.BatchSize),
            Size = parsed.Given(_size, usual.Size),
            LearningRate = parsed.Given(_rate, usual.LearningRate),
            Seed = parsed.GetValue(_seed),
            Contrast = parsed.Given(_contrast, usual.Contrast),
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
    private ClassificationOptions Start(ParseResult parsed)
    {
        string? weights = parsed.GetValue(_weights);
        if (parsed.GetValue(_preset) is { } name)
        {
            var preset = Preset.Named(name).Classification;
            // What is set up for random weights changes with others; what is made for public ones has that already.
            return weights is null ? preset : preset.Width == 1 ? preset with { Weights = weights } : preset.FromWeights(weights);
        }
        var usual = weights is null ? Usual : Usual.FromWeights(weights);
        return parsed.GetValue(_method) switch
        {
            Cam => usual.AsCam(),
            Released => usual.AsReleased(),
            _ => usual,
        };
    }
}
