using System.CommandLine;

namespace Rca.Cli;

/// <summary>One line that a user can type, and what it does.</summary>
/// <param name="CommandLine">What to type after <c>./rca</c>.</param>
/// <param name="Effect">What then happens.</param>
public sealed record Example(string CommandLine, string Effect);

/// <summary>A command that does something (unlike one that only groups others).</summary>
public abstract class RcaCommand : Command
{
    private readonly Option<bool> _json = new("--json")
    {
        Description = "Write the result as one JSON document to stdout, everything else to stderr.",
    };

    /// <summary>Makes the command.</summary>
    /// <param name="name">What the user types.</param>
    /// <param name="summary">One line for the help.</param>
    /// <param name="terminal">Where the command writes.</param>
    protected RcaCommand(string name, string summary, Terminal terminal) : base(name, summary)
    {
        Options.Add(_json);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, new Output(terminal, parsed.GetValue(_json)), cancel)));
    }

    /// <summary>What the help shows under "Examples".</summary>
    public abstract IReadOnlyList<Example> Examples { get; }

    /// <summary>Adds the command's own options, in the order in which the help shows them.</summary>
    protected void Take(params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
            Options.Insert(Options.Count - 1, option);
    }

    /// <summary>Does the work.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    protected abstract int Run(ParseResult parsed, Output output, CancellationToken cancel);
}
