using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;

namespace Rca.Cli;

/// <summary>The usual help, followed by the command's examples; the program's own ends with the exit codes.</summary>
internal sealed partial class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        usual.Invoke(parsed);
        parsed.InvocationConfiguration.Output = output;
        output.WriteLine(AsTyped(text.ToString().TrimEnd()));
        output.WriteLine();

        switch (parsed.CommandResult.Command)
        {
            case RcaCommand command:
                WriteExamples(command, output);
                break;
            case RootCommand:
                output.WriteLine("Exit codes: 0 done; 1 data or a file that cannot be used; 2 a wrong command line;");
                output.WriteLine("            3 something missing on this machine (see ./rca doctor), or a defect; 130 stopped.");
                break;
        }
        return ExitCode.Ok;
    }

    /// <summary>Shows the launcher's name, not the assembly's, and the values of an enumeration in lower case, as people type them.</summary>
    private static string AsTyped(string help) =>
        EnumerationDefault().Replace(help, match => match.Value.ToLowerInvariant())
            .Replace($"  {RootCommand.ExecutableName}", "  ./rca", StringComparison.Ordinal);

    [GeneratedRegex(@"\[default: [A-Z]\w*\]")]
    private static partial Regex EnumerationDefault();

    private static void WriteExamples(RcaCommand command, TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (var example in command.Examples)
        {
            output.WriteLine($"  ./rca {example.CommandLine}");
            output.WriteLine($"      {example.Effect}");
        }
    }
}
