using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Rca.Cli;

/// <summary>The usual help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parsed)
    {
        var output = parsed.InvocationConfiguration.Output;
        var text = new StringWriter();
        parsed.InvocationConfiguration.Output = text;
        usual.Invoke(parsed);
        parsed.InvocationConfiguration.Output = output;
        // What people type is the launcher's name, not the assembly's.
        output.Write(text.ToString().Replace($"  {RootCommand.ExecutableName}", "  ./rca", StringComparison.Ordinal));
        if (parsed.CommandResult.Command is RcaCommand command)
        {
            output.WriteLine("Examples:");
            foreach (var example in command.Examples)
            {
                output.WriteLine($"  ./rca {example.CommandLine}");
                output.WriteLine($"      {example.Effect}");
            }
            output.WriteLine();
        }
        return ExitCode.Ok;
    }
}
