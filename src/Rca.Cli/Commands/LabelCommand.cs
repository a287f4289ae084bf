using System.CommandLine;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Labelling;
using Rca.Presets;
using Rca.Text;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>label</c>: turns tagged pictures into masks.</summary>
internal sealed class LabelCommand : RcaCommand
{
    private static readonly LabellingOptions Nothing = new(), Usual = Nothing.FromWeights();

    private readonly Argument<string> _run = new("RUN") { Description = "Run folder that 'train' made." };
    private readonly DataInput _data = new();
    private readonly Option<string> _target = Common.Folder("--out", "Folder for the pseudo labels: palette PNGs named like the pictures, 255 = ignore.");
    private readonly Option<string?> _preset = Common.Preset();
    private readonly Option<Split> _split = new("--split") { Description = "Part of DATA to label.", HelpName = "train|val|test", DefaultValueFactory = _ => Split.Train };
    private readonly Option<double[]> _scales = Common.Numbers("--scales", "Scales at which the network looks at a picture.", Usual.Scales);
    private readonly Option<bool> _flip = Common.On("--flip", "Also look at the mirrored picture.");
    private readonly Option<double> _alpha = Common.Number("--alpha", "Exponent of the background score; higher makes less background.", Usual.Alpha);
    private readonly Option<bool> _noCrf = new("--no-crf") { Description = "Leave out the dense CRF." };
    private readonly Option<string?> _saliency = new("--saliency") { Description = "Folder of saliency maps: grey PNGs named like the pictures.", HelpName = "DIR" };
    private readonly Option<MissingSaliency> _missing = new("--missing-saliency")
    {
        Description = "What to do where a saliency map is missing: label by the formula, or stop before anything is labelled.",
        HelpName = "formula|stop",
        DefaultValueFactory = _ => Usual.MissingSaliency,
    };
    private readonly Option<string?> _overlays = new("--overlays") { Description = "Also write the pictures with their labels painted over.", HelpName = "DIR" };
    private readonly Option<string?> _maps = new("--maps") { Description = "Also write the activation maps (.npz, 8 bit, tagged classes).", HelpName = "DIR" };
    private readonly Option<string[]> _set = Common.Set("the options of labelling: scales, crf.bilateral_sxy, maps");
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();
    private readonly Option<bool> _deterministic = Common.Deterministic("labels");

    public LabelCommand(Terminal terminal)
        : base("label", "Turns tagged pictures into masks with a trained classification network.", terminal)
    {
        Arguments.Add(_run);
        Arguments.Add(_data.Folder);
        Take(_target, _preset, _split, _scales, _flip, _alpha, _noCrf, _saliency, _missing, _overlays, _maps, _set, _device, _precision, _deterministic);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("label runs/first scenes --out labels", "Labels the train pictures."),
        new("label runs/first scenes --out labels --overlays look", "Also paints the labels over the pictures, to look at."),
        new("label runs/first scenes --out quick --scales 1 --flip false --no-crf", "Fast and rough."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var dataset = _data.Load(parsed, output);
        var compute = new Compute(parsed.GetRequiredValue(_device), parsed.GetValue(_precision), parsed.GetValue(_deterministic));
        var run = new RunFolder(parsed.GetRequiredValue(_run));
        using Classifier classifier = Classifier.Load(run, compute);
        Common.NoteDamage(run, output);
        Common.RequireSameClasses(classifier.Classes, dataset);
        var preset = parsed.GetValue(_preset) is { } name ? Preset.Named(name) : null;
        var usual = preset?.Labelling ?? (Directory.Exists(run.MapsPath) ? Nothing with { Maps = MapKind.Accumulated } : classifier.Options.IsUsualFromWeights ? Usual : Nothing);
        var options = usual with
        {
            Scales = parsed.GetValue(_scales) is { Length: > 0 } given ? given : usual.Scales,
            Flip = parsed.Given(_flip, usual.Flip),
            Alpha = parsed.Given(_alpha, usual.Alpha),
            Crf = parsed.GetValue(_noCrf) ? null : usual.Crf,
            MissingSaliency = parsed.Given(_missing, usual.MissingSaliency),
        };
        options = SettingOverrides.Apply(options, parsed.GetValue(_set)!);
        if (options.Maps == MapKind.Accumulated && new Option[] { _scales, _flip }.Any(option => parsed.GetResult(option) is { Implicit: false }))
            throw new RcaException("--scales and --flip choose how the network looks at pictures, but the labels come from the maps that training accumulated. Add --set maps=final for the network's own, or leave them out.");
        if (preset is { Saliency: true } && parsed.GetValue(_saliency) is null)
            output.Note($"warning: {preset.Name} is made for saliency maps; without --saliency the background comes from the activation maps.");
        var folders = new LabellingFolders(parsed.GetValue(_saliency), parsed.GetValue(_overlays), parsed.GetValue(_maps), run.MapsPath);
        TaggedImage[] images = [.. dataset.Of(parsed.GetValue(_split)).Where(static image => image.TagsKnown)];
        if (images.Length == 0)
            throw new RcaException($"{dataset.Root} has no {parsed.GetValue(_split).ToString().ToLowerInvariant()} images with known tags to label.");
        string to = parsed.GetRequiredValue(_target);
        Common.RequireSeparate(
            [("--out", to), ("--overlays", folders.Overlays), ("--maps", folders.Maps)],
            [.. dataset.Parts.Select(part => Path.Combine(dataset.Root, part.Name)), folders.Saliency, run.MapsPath]);
        var labelling = new LabellingRun(classifier, options, folders);
        var result = output.WithProgress(progress => labelling.Run(images, to, progress, cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        if (result.Pictures == 0)
            throw new RcaException($"None of the {images.Length} pictures could be read.");
        if (result.WithoutSaliency.Count > 0)
            output.Note($"warning: {result.WithoutSaliency.Count} pictures have no usable saliency map, so their background came from the activation maps: {Common.Names(result.WithoutSaliency)}");
        output.Json(result);
        output.Line($"{result.Pictures} label maps in {to}, {Common.Duration(result.Seconds)}.");
        if (result.Labels is { } labels)
            output.Line($"Against the true masks: mean IoU {Common.Percent(labels.MeanIou)}; before the CRF {Common.Percent(result.Maps!.MeanIou)}.");
        output.Line($"Next: ./rca segment {dataset.Root} --labels {to} --backbone-from {parsed.GetRequiredValue(_run)} --out runs/segmentation");
        return ExitCode.Ok;
    }
}
