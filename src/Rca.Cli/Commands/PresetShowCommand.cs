using System.CommandLine;
using Rca.Presets;
using Rca.Text;

namespace Rca.Cli.Commands;

/// <summary><c>preset show</c>: all settings of a preset.</summary>
internal sealed class PresetShowCommand : RcaCommand
{
    private readonly Argument<string> _name = Common.PresetName();

    public PresetShowCommand(Terminal terminal) : base("show", "Shows all settings of a preset, by the names that --set takes.", terminal) => Arguments.Add(_name);

    public override IReadOnlyList<Example> Examples =>
    [
        new("preset show voc-released", "The public code's settings, stage by stage."),
        new("preset show voc-paper-vgg16 --json", "The same for a program."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var preset = Preset.Named(parsed.GetRequiredValue(_name));
        output.Json(preset);
        output.Line($"{preset.Name}: {preset.Summary}");
        foreach (var (command, settings) in new (string, object)[]
            { ("train", preset.Classification), ("label", preset.Labelling), ("segment", preset.Segmentation), ("predict", preset.Prediction) })
        {
            output.Line($"\n{command}");
            foreach (var (name, value) in SettingOverrides.List(settings))
                output.Line($"  {name,-26}{value}");
        }
        return ExitCode.Ok;
    }
}
