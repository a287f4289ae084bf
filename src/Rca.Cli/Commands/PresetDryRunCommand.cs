using System.CommandLine;
using System.Globalization;
using Rca.Computing;
using Rca.Presets;
using Rca.Samples;

namespace Rca.Cli.Commands;

/// <summary><c>preset dry-run</c>: all stages of a preset on ten drawn pictures.</summary>
internal sealed class PresetDryRunCommand : RcaCommand
{
    private readonly Argument<string> _name = Common.PresetName();
    private readonly Option<string> _folder = Common.Folder("--out", "Folder for the pictures and all results; must not exist, or be empty.");
    private readonly Option<string[]> _set = Common.Set("'./rca preset show', for the train stage");
    private readonly Option<string> _device = Common.Device();

    public PresetDryRunCommand(Terminal terminal)
        : base("dry-run", "Walks all stages of a preset on ten drawn pictures with small networks, to find mistakes within a minute.", terminal)
    {
        Arguments.Add(_name);
        Take(_folder, _set, _device);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("preset dry-run voc-released --out try", "Pictures in the tree of PASCAL VOC, training, labels, segmentation network, masks."),
        new("preset dry-run coco-paper --out try --set prototypes=5 --device cuda", "With a change of your own, on a GPU."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var preset = Preset.Named(parsed.GetRequiredValue(_name));
        foreach (var assignment in parsed.GetValue(_set)!)
            if (assignment.Split('=')[0].Trim() is var setting && DryRun.Changed.ContainsKey(setting))
                throw new RcaException($"--set {assignment}: {setting} is {DryRun.Changed[setting]} in a dry run. Leave it out.");
        preset = preset with { Classification = Common.Change(preset.Classification, parsed.GetValue(_set)!) };
        string to = parsed.GetRequiredValue(_folder);
        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
            throw new RcaException($"--out {to} is not empty. Choose a new folder.");
        var compute = new Compute(parsed.GetRequiredValue(_device), preset.Classification.Precision);
        var result = output.WithProgress(progress => DryRun.Run(preset, to, compute, TimeProvider.System, progress, cancel));
        output.Json(result);
        output.Line(string.Create(CultureInfo.InvariantCulture, $"train    {result.TrainPictures} pictures, loss {result.Loss:0.000}"));
        output.Line($"label    {result.Labels} pseudo labels");
        output.Line(string.Create(CultureInfo.InvariantCulture, $"segment  loss {result.SegmentationLoss:0.000}"));
        output.Line($"predict  {result.Predictions} masks, mean IoU {Common.Percent(result.MeanIou)} (ten pictures teach nothing)");
        output.Line($"All stages of {preset.Name} work. Smaller than the preset: {string.Join(", ", result.Changed.Select(static item => $"{item.Key} {item.Value}"))}.");
        output.Line($"Everything is in {to}. docs/reproduce.md has the commands of the real run.");
        return ExitCode.Ok;
    }
}
