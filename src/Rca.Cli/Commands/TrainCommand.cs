using System.CommandLine;
using Rca.Backbones;
using Rca.Classification;
using Rca.Runs;

namespace Rca.Cli.Commands;

/// <summary><c>train</c>: trains the classification network on tags.</summary>
internal sealed class TrainCommand : RcaCommand
{
    private const string Rca = "rca", Cam = "cam";
    private static readonly ClassificationOptions Usual = new();

    private readonly DataInput _data = new();
    private readonly Option<string> _run = Common.Folder("--out", "Run folder; a run that stands there goes on where it stopped.");
    private readonly Option<string> _method = Common.OneOf("--method", "rca, or cam: the plain network without memory, contrast and aggregation.", Rca, [Rca, Cam]);
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

    public TrainCommand(Terminal terminal)
        : base("train", "Trains the classification network on tagged pictures.", terminal)
    {
        Arguments.Add(_data.Folder);
        Take(_run, _method, _backbone, _weights, _width, _epochs, _batch, _size, _rate, _seed, _contrast, _aggregation, _gate, _set, _device, _precision);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("train scenes --out runs/first", "Trains with the usual settings."),
        new("train scenes --out runs/paper --aggregation true", "All parts of the paper, from random weights."),
        new("train scenes --out runs/cam --method cam", "The plain baseline, everything else the same."),
        new("train photos --out runs/photos --size 320 --width 1 --epochs 60", "Larger pictures and a larger network."),
        new("train photos --out runs/vgg --backbone vgg16 --weights vgg16-397923af.pth --size 320", "Starts from weights that are trained already."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var folder = new RunFolder(parsed.GetRequiredValue(_run));
        var usual = parsed.GetValue(_weights) is { } weights ? Usual.FromWeights(weights) : Usual;
        var options = usual with
        {
            Backbone = parsed.GetRequiredValue(_backbone),
            Width = parsed.GetValue(_width) ?? usual.Width,
            Epochs = parsed.GetValue(_epochs),
            BatchSize = parsed.GetValue(_batch),
            Size = parsed.GetValue(_size),
            LearningRate = parsed.GetValue(_rate),
            Seed = parsed.GetValue(_seed),
            Contrast = parsed.GetValue(_contrast),
            Aggregation = parsed.GetValue(_aggregation) ?? usual.Aggregation,
            ScoreGate = parsed.GetValue(_gate),
            Precision = parsed.GetValue(_precision),
        };
        if (parsed.GetValue(_method) == Cam)
            options = options.AsCam();
        options = Common.Change(options, parsed.GetValue(_set)!);
        var dataset = _data.Load(parsed, output);
        var compute = new Compute(parsed.GetRequiredValue(_device), options.Precision);
        var result = output.WithProgress(progress => ClassificationRun.Train(dataset, folder, options, compute, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        output.Json(result);
        Common.ShowResume(folder, result.EpochsBefore, result.Epochs, output);
        if (result.FinalLoss is { } loss)
            output.Line($"{result.Epochs} epochs, loss {loss:0.000}{(result.TagPrecision is { } ap ? $", tags of val pictures found with average precision {Common.Percent(ap)}" : "")}, {Common.Duration(result.Seconds)}.");
        output.Line($"Next: ./rca label {folder.Path} {dataset.Root} --out {folder.Path}/labels");
        return ExitCode.Ok;
    }
}
