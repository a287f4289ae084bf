using System.CommandLine;
using System.Globalization;
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Presets;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>segment</c>: trains the segmentation network on label maps.</summary>
internal sealed class SegmentCommand : RcaCommand
{
    private static readonly SegmentationOptions Nothing = new(), Usual = Nothing.FromWeights(PackagedWeights.Name);

    private readonly DataInput _data = new();
    private readonly Option<string> _labels = Common.Folder("--labels", "Folder of label maps named like the pictures; 'label' makes one.");
    private readonly Option<string> _run = Common.Folder("--out", "Run folder; a run that stands there goes on where it stopped.");
    private readonly Option<string?> _preset = Common.Preset();
    private readonly Option<string?> _from = new("--backbone-from") { Description = "Classification run to start from, with its backbone, size and width.", HelpName = "RUN" };
    private readonly Option<string?> _backbone = Common.OneOf("--backbone", $"Network that makes the features. [default: that of the weights, or {Nothing.Backbone} from random ones]", Backbone.Names);
    private readonly Option<string?> _weights = Common.Weights();
    private readonly Option<double?> _width = Common.Width(Nothing.Width);
    private readonly Option<int> _epochs = Common.Number("--epochs", $"Passes over the train images (from random weights {Nothing.Epochs}).", Usual.Epochs);
    private readonly Option<int> _batch = Common.Number("--batch", "Pictures in a step.", Usual.BatchSize);
    private readonly Option<int?> _size = new("--size") { Description = $"Side of the training square in pixels. [default: {Usual.Size}, or {Nothing.Size} from random weights]", HelpName = "N" };
    private readonly Option<double> _rate = Common.Number("--learning-rate", string.Create(CultureInfo.InvariantCulture, $"First learning rate of the backbone (from random weights {Nothing.LearningRate})."), Usual.LearningRate);
    private readonly Option<int> _seed = Common.Number("--seed", "Seed of all choices: the same seed gives the same run.", Usual.Seed);
    private readonly Option<string[]> _set = Common.Set();
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();
    private readonly Option<bool> _deterministic = Common.Deterministic("weights");

    public SegmentCommand(Terminal terminal)
        : base("segment", "Trains the segmentation network (DeepLab-v2) on pseudo labels.", terminal)
    {
        Arguments.Add(_data.Folder);
        Take(_labels, _run, _preset, _from, _backbone, _weights, _width, _epochs, _batch, _size, _rate, _seed, _set, _device, _precision, _deterministic);
        Take(_data.Options);
        Validators.Add(result =>
        {
            if (result.GetResult(_from) is not null && new Option[] { _backbone, _weights, _width }.Any(option => result.GetResult(option) is not null))
                result.AddError("--backbone-from brings its own backbone, weights and width: leave out --backbone, --weights and --width.");
        });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("segment scenes --labels labels --backbone-from runs/first --out runs/segmentation", "Starts from the classification network and its maps."),
        new("segment photos --labels photos/masks --out runs/supervised", "Trains on masks drawn by hand."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var dataset = _data.Load(parsed, output);
        var start = parsed.GetValue(_from) is { } path ? new RunFolder(path) : null;
        var source = start?.Read<ClassificationOptions>(ClassificationRun.Kind).Options;
        var usual = StartFrom(parsed, source, output, cancel);
        var options = usual with
        {
            Backbone = source?.Backbone ?? parsed.GetValue(_backbone) ?? usual.Backbone,
            Width = source?.Width ?? parsed.GetValue(_width) ?? usual.Width,
            Epochs = parsed.Given(_epochs, usual.Epochs),
            BatchSize = parsed.Given(_batch, usual.BatchSize),
            // Tags want larger pictures than masks do.
            Size = parsed.GetValue(_size) ?? (source is null ? usual.Size : source.IsUsualFromWeights ? Math.Min(source.Size, usual.Size) : source.Size),
            LearningRate = parsed.Given(_rate, usual.LearningRate),
            Seed = parsed.GetValue(_seed),
            Precision = parsed.GetValue(_precision),
        };
        options = Common.Change(options, parsed.GetValue(_set)!);
        bool deterministic = parsed.GetValue(_deterministic);
        var compute = new Compute(parsed.GetRequiredValue(_device), options.Precision, deterministic);
        if (deterministic && compute.Device.IsCuda)
            throw new RcaException("--deterministic: on CUDA libtorch has no such way for the loss of segment. Use --device cpu, or leave --deterministic out.");
        var folder = new RunFolder(parsed.GetRequiredValue(_run));
        SegmentationRun.RequireClasses(dataset, parsed.GetRequiredValue(_labels));
        var result = output.WithProgress(progress =>
            SegmentationRun.Train(dataset, parsed.GetRequiredValue(_labels), folder, options, compute, start, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        if (result.WithoutLabels.Count > 0)
            output.Note($"warning: {result.WithoutLabels.Count} train pictures have no label map and were left out, the first is {result.WithoutLabels[0]}");
        output.Json(result);
        Common.ShowResume(folder, result.EpochsBefore, result.Epochs, output);
        if (result.FinalLoss is { } loss)
            output.Line($"{result.Epochs} epochs, loss {loss:0.000}, {Common.Duration(result.Seconds)}.");
        output.Line($"Next: ./rca predict {folder.Path} PICTURE_OR_FOLDER --out predictions");
        return ExitCode.Ok;
    }

    /// <summary>The settings before single options change them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="source">Settings of the classification run that the backbone comes from, or null.</param>
    /// <param name="output">Is told which weights are downloaded.</param>
    /// <param name="cancel">Stops fetching.</param>
    private SegmentationOptions StartFrom(ParseResult parsed, ClassificationOptions? source, Output output, CancellationToken cancel)
    {
        string? typed = parsed.GetValue(_weights);
        if (parsed.GetValue(_preset) is { } name)
        {
            var preset = Preset.Named(name).Segmentation;
            return preset with { Weights = typed is null ? preset.Weights : Common.StartingWeights(typed, null, output, cancel) };
        }
        // A backbone whose run started from public weights, or was imported, is still one of theirs.
        if (source is not null) return source.IsUsualFromWeights ? Nothing.AfterWeights(source) : source is { Weights: null, MatrixRate: > 0 } ? Nothing : Nothing with { MatrixRate = 0 };
        return Common.StartingWeights(typed, parsed.GetValue(_backbone), output, cancel) is { } weights ? Nothing.FromWeights(weights) : Nothing;
    }
}
