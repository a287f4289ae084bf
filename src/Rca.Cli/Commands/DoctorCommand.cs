using System.CommandLine;
using Rca.Cli.Doctor;
using Spectre.Console;

namespace Rca.Cli.Commands;

/// <summary><c>doctor</c>: what was found on this machine.</summary>
internal sealed class DoctorCommand(Terminal terminal)
    : RcaCommand("doctor", "Says what was found on this machine, what is missing and how to mend it.", terminal)
{
    public override IReadOnlyList<Example> Examples =>
    [
        new("doctor", "Lists what was found; exit code 0 where training can run, 3 where it cannot."),
        new("doctor --json", "The same for a program."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        Finding[] findings = [.. SystemFindings.All(), .. TorchFindings.All(), .. PictureFindings.All()];
        var ready = findings.All(finding => finding.Status != FindingStatus.Missing);
        output.Json(new { Ready = ready, Findings = findings });
        foreach (var finding in findings)
            Show(finding, output);
        output.Line();
        output.Line(ready ? "Training can run." : "Training cannot run: mend what is missing, then run doctor again.");
        return ready ? ExitCode.Ok : ExitCode.Environment;
    }

    private static void Show(Finding finding, Output output)
    {
        var (word, color) = finding.Status switch
        {
            FindingStatus.Ok => ("ok", Color.Green),
            FindingStatus.Warning => ("warning", Color.Yellow),
            _ => ("missing", Color.Red),
        };
        output.Line(word.PadRight(9), color, $"{finding.Topic,-16} {finding.Found}");
        if (finding.Mend is { } mend)
            output.Line($"{"",26}→ {mend}");
    }
}
