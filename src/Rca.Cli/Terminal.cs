using Spectre.Console;

namespace Rca.Cli;

/// <summary>Where a run of the program writes. Tests put their own writers here.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Progress and messages.</param>
/// <param name="OutIsTerminal">True where a person reads <paramref name="Out"/>, so that colour and boxes help.</param>
/// <param name="ErrorIsTerminal">True where a person watches <paramref name="Error"/>, so that moving bars help.</param>
public sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsTerminal = false, bool ErrorIsTerminal = false)
{
    private readonly TextWriter _out = Out, _error = Error;

    /// <summary>Results.</summary>
    public TextWriter Out { get; } = new TerminalWriter(Out);

    /// <summary>Progress and messages.</summary>
    public TextWriter Error { get; } = new TerminalWriter(Error);

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected && !IsDumb, !Console.IsErrorRedirected && !IsDumb);

    /// <summary>Draws on <see cref="Out"/>.</summary>
    internal IAnsiConsole OutConsole() => Draw(_out, OutIsTerminal);

    /// <summary>Draws on <see cref="Error"/>.</summary>
    internal IAnsiConsole ErrorConsole() => Draw(_error, ErrorIsTerminal);

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";

    private static IAnsiConsole Draw(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        // Some terminals (of containers, of scripts) say that they are 0×0, on which moving bars cannot be drawn.
        if (console.Profile.Width < 20 || console.Profile.Height < 2)
            (console.Profile.Width, console.Profile.Height) = (80, 24);
        return console;
    }
}
