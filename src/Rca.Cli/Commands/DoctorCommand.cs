using System.CommandLine;

namespace Rca.Cli.Commands;

/// <summary><c>doctor</c>: what was found on this machine.</summary>
internal sealed class DoctorCommand(Terminal terminal) : RcaCommand("doctor", "Says what was found on this machine, what is missing and how to mend it.", terminal)
{
    public override IReadOnlyList<Example> Examples =>
    [
        new("doctor", "Lists what was found; exit code 0 where training can run."),
        new("doctor --json", "The same for a program."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel) => ExitCode.Ok;
}
