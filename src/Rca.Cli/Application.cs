using System.CommandLine;
using System.CommandLine.Help;
using Rca.Benchmarks;
using Rca.Cli.Commands;

namespace Rca.Cli;

/// <summary>The program: from a command line to an exit code.</summary>
public static class Application
{
    /// <summary>All commands, writing to <paramref name="terminal"/>.</summary>
    public static RootCommand Commands(Terminal terminal)
    {
        var root = new RootCommand("RCA for .NET: from tagged pictures to masks, and to a network that needs no tags.")
        {
            new Command("sample", "Makes data sets to try things on.")
            {
                new SampleScenesCommand(terminal), SampleTreeCommand.Voc(terminal), SampleTreeCommand.Coco(terminal),
            },
            new CheckCommand(terminal),
            new MasksCommand(terminal),
            new DemoCommand(terminal),
            new StartCommand(terminal),
            new TrainCommand(terminal),
            new LabelCommand(terminal),
            new SegmentCommand(terminal),
            new PredictCommand(terminal),
            new RefineCommand(terminal),
            new EvaluateCommand(terminal),
            new Command("weights", "Lists, downloads, shows and converts files of weights.")
            {
                new WeightsListCommand(terminal), new WeightsPullCommand(terminal), new WeightsInspectCommand(terminal), new WeightsConvertCommand(terminal),
            },
            new Command("preset", "Lists, shows and tries complete configurations.")
            {
                new PresetListCommand(terminal), new PresetShowCommand(terminal), new PresetDryRunCommand(terminal),
            },
            new ImportCommand(terminal),
            new BenchCommand(terminal, new BenchmarkSettings()),
            new DoctorCommand(terminal),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancel)
    {
        var parsed = Commands(terminal).Parse(arguments);
        if (UsageErrors.Any(parsed))
            return UsageErrors.Report(parsed, terminal.Error);
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Signals are the process's matter: see Program.
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancel);
        }
        catch (Exception e)
        {
            return Failure.Report(e, arguments, terminal.Error, cancel);
        }
    }
}
