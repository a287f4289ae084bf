using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Rca.Text;

namespace Rca.Cli;

/// <summary>Says what is wrong with a command line: every mistake at once, with the word that was probably meant.</summary>
internal static class UsageErrors
{
    public static bool Any(ParseResult parsed) => parsed.Action is ParseErrorAction || (parsed.Action is not HelpWithExamples && (UnknownWords(parsed).Count > 0 || Misused(parsed).Any()));

    public static int Report(ParseResult parsed, TextWriter error)
    {
        if (parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0)
        {
            ShowHelp(parsed, error);
            return ExitCode.Usage;
        }
        foreach (var message in Messages(parsed).Distinct())
            error.WriteLine($"error: {message}");
        error.WriteLine($"Type `./rca {string.Join(' ', [.. NamesOf(parsed), "--help"])}` for what can be typed.");
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Messages(ParseResult parsed)
    {
        foreach (var word in UnknownWords(parsed))
            yield return Unknown(word, parsed);
        // Where a command was mistyped, the parser also asks for one.
        if (parsed.CommandResult.Command.Subcommands.Count > 0)
            yield break;
        foreach (var (option, message) in Misused(parsed))
            yield return $"{option.Name} {message}";
        var named = Misused(parsed).Select(static mistake => mistake.Option).ToHashSet();
        foreach (var error in parsed.Errors)
        {
            if (error.SymbolResult is OptionResult known && named.Contains(known.Option))
                continue;
            if (error.SymbolResult is OptionResult { Tokens: [var token, ..] } result && Expected(result.Option.ValueType) is { } expected && !IsRead(result))
                yield return $"{result.Option.Name} is '{token.Value}'; expected {expected}.";
            // The parser has its own sentence for every unmatched word.
            else if (!parsed.UnmatchedTokens.Any(word => error.Message.Contains($"'{word}'", StringComparison.Ordinal)))
                yield return error.Message;
        }
    }

    private static List<string> UnknownWords(ParseResult parsed)
    {
        // The parser takes a mistyped option for a folder of that name; such a folder can still be written ./--name.
        List<string> words = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(result => result.Tokens).Select(token => token.Value).Where(IsOption)];
        for (var i = 0; i < parsed.UnmatchedTokens.Count; i++)
        {
            // A plain word after an unknown option is that option's value.
            if (IsOption(parsed.UnmatchedTokens[i]) || i == 0 || !IsOption(parsed.UnmatchedTokens[i - 1]))
                words.Add(parsed.UnmatchedTokens[i]);
        }
        return words;
    }

    /// <summary>Mistakes that the parser lets pass: options given twice, and decimal commas, which it would drop.</summary>
    private static IEnumerable<(Option Option, string Message)> Misused(ParseResult parsed)
    {
        foreach (var result in parsed.CommandResult.Children.Concat(parsed.RootCommandResult.Children).OfType<OptionResult>().Where(static result => !result.Implicit).Distinct())
        {
            var type = Nullable.GetUnderlyingType(result.Option.ValueType) ?? result.Option.ValueType;
            if (type.IsArray)
                continue;
            if (result.IdentifierTokenCount > 1)
                yield return (result.Option, $"is given {result.IdentifierTokenCount} times; give it once.");
            else if (result.Tokens is [var token] && token.Value.Contains(',') && (type == typeof(int) || type == typeof(double)))
                yield return (result.Option, $"is '{token.Value}'; write a number without commas, and with a point before its decimals, as in 0.001.");
        }
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    private static bool IsRead(OptionResult result)
    {
        try
        {
            result.GetValueOrDefault<object?>();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
            return string.Join(", ", Enum.GetNames(type).Select(name => name.ToLowerInvariant()));
        if (type == typeof(bool))
            return "true or false";
        return type == typeof(int) ? "a whole number" : type == typeof(double) ? "a number" : null;
    }

    private static string Unknown(string word, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (!IsOption(word))
        {
            var kind = command.Subcommands.Count > 0 ? "command" : "argument";
            return $"unknown {kind} '{word}'.{NearestName.Hint(word, command.Subcommands.Select(sub => sub.Name))}";
        }
        // --name=value is one word for the parser.
        var name = word.Split('=', ':')[0];
        var known = parsed.RootCommandResult.Command.Options.Where(option => option.Recursive).Concat(command.Options)
            .SelectMany(option => option.Aliases.Append(option.Name));
        return $"unknown option '{name}'.{NearestName.Hint(name, known)}";
    }

    private static void ShowHelp(ParseResult parsed, TextWriter error) =>
        parsed.RootCommandResult.Command.Parse([.. NamesOf(parsed), "--help"]).Invoke(new InvocationConfiguration { Output = error });

    private static IEnumerable<string> NamesOf(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (Symbol? symbol = parsed.CommandResult.Command; symbol is not (null or RootCommand); symbol = symbol.Parents.FirstOrDefault())
            names.Push(symbol.Name);
        return names;
    }
}
