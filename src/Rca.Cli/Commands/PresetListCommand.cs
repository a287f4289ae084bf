using System.CommandLine;
using Rca.Presets;

namespace Rca.Cli.Commands;

/// <summary><c>preset list</c>: the configurations that have a name.</summary>
internal sealed class PresetListCommand(Terminal terminal) : RcaCommand("list", "Lists the presets.", terminal)
{
    public override IReadOnlyList<Example> Examples => [new("preset list", "Names, and what each is for.")];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        output.Json(Preset.All.Select(static preset => new { preset.Name, preset.Summary }));
        foreach (var preset in Preset.All)
            output.Line($"{preset.Name,-20}{preset.Summary}");
        return ExitCode.Ok;
    }
}
