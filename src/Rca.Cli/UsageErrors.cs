using System.CommandLine;

namespace Rca.Cli;

/// <summary>Says what is wrong with a command line: every mistake at once, with the word that was probably meant.</summary>
internal static class UsageErrors
{
    public static int Report(ParseResult parsed, TextWriter error)
    {
        var unknown = parsed.UnmatchedTokens.ToList();
        foreach (var word in unknown)
            error.WriteLine($"error: {Unknown(word, parsed)}");
        // The parser has its own sentence for every unmatched word, and asks for a command even where one was mistyped.
        var others = parsed.Errors.Select(e => e.Message)
            .Where(message => !unknown.Any(word => message.Contains($"'{word}'", StringComparison.Ordinal)))
            .Where(message => unknown.Count == 0 || parsed.CommandResult.Command.Subcommands.Count == 0);
        foreach (var message in others.Distinct())
            error.WriteLine($"error: {message}");
        error.WriteLine($"Type `{CommandLineOf(parsed)} --help` for what can be typed.");
        return ExitCode.Usage;
    }

    private static string Unknown(string word, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var isOption = word.StartsWith('-');
        var kind = isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        // --name=value is one word for the parser.
        var name = isOption ? word.Split('=', ':')[0] : word;
        IEnumerable<string> known = isOption
            ? parsed.RootCommandResult.Command.Options.Where(option => option.Recursive).Concat(command.Options)
                .SelectMany(option => option.Aliases.Append(option.Name))
            : command.Subcommands.Select(sub => sub.Name);
        var meant = Spelling.Nearest(name, known.Distinct());
        return $"unknown {kind} '{name}'." + (meant is null ? "" : $" Did you mean '{meant}'?");
    }

    private static string CommandLineOf(ParseResult parsed)
    {
        var names = new List<string>();
        for (Symbol? symbol = parsed.CommandResult.Command; symbol is not (null or RootCommand); symbol = symbol.Parents.FirstOrDefault())
            names.Insert(0, symbol.Name);
        return string.Join(' ', names.Prepend("./rca"));
    }
}
