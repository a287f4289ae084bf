using System.CommandLine;
using System.Globalization;
using Rca.Benchmarks;
using Rca.Computing;

namespace Rca.Cli.Commands;

/// <summary><c>bench</c>: how fast this machine is.</summary>
internal sealed class BenchCommand : RcaCommand
{
    /// <summary>From this load on, the figures mean little.</summary>
    private const double Busy = 0.5;

    private readonly BenchmarkSettings _settings;
    private readonly Option<string> _device = Common.Device();
    private readonly Option<Precision> _precision = Common.Precision();

    /// <param name="terminal">Where to write.</param>
    /// <param name="settings">Sizes and times.</param>
    public BenchCommand(Terminal terminal, BenchmarkSettings settings)
        : base("bench", "Measures how fast this machine trains, labels, predicts and evaluates, in a few minutes.", terminal)
    {
        _settings = settings;
        Take(_device, _precision);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("bench", "A table of seconds, on drawn pictures and with random weights; nothing is downloaded."),
        new("bench --json", "The same for a program, to compare machines or versions."),
        new("bench --device cpu --precision fp32", "As a machine without GPU and without bfloat16 computes."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var compute = new Compute(parsed.GetRequiredValue(_device), parsed.GetValue(_precision));
        var report = output.WithProgress(progress => BenchmarkSuite.Run(compute, _settings, progress, cancel));
        output.Json(report);
        Show(report, output);
        if (report.LoadBefore > Busy)
            output.Note(string.Create(CultureInfo.InvariantCulture, $"warning: other programs were running (load {report.LoadBefore:0.0} in the minute before); an idle machine is faster."));
        return ExitCode.Ok;
    }

    private static void Show(BenchmarkReport report, Output output)
    {
        var (machine, versions) = (report.Machine, report.Versions);
        output.Line($"machine   {machine.Processor}, {machine.Processors} processors, {string.Join(", ", machine.InstructionSets)}, {Gigabytes(machine.MemoryBytes)}");
        if (machine.Gpus.Count > 0)
            output.Line($"GPU       {string.Join(", ", machine.Gpus)}");
        output.Line($"system    {machine.System}, .NET {versions.Dotnet}");
        output.Line($"libtorch  {versions.Libtorch}, {report.Blas}, {report.Threads} threads");
        output.Line($"rca       {versions.Rca}, networks on {versions.Compute}");
        output.Line();
        output.Table(
            ["measured", "median", "spread", "per", "runs", ""],
            [.. report.Rows.Select(row => (string[])[row.Name, Time(row.Seconds), Spread(row), row.Per, $"{row.Repeats}", row.Note ?? ""])]);
        output.Line();
        output.Line($"It took {Common.Duration(report.Seconds)} and at most {Gigabytes(report.PeakMemoryBytes)} of memory. What the rows mean: docs/benchmarks.md");
    }

    /// <summary>Three digits, in the unit that a person would use.</summary>
    internal static string Time(double seconds)
    {
        var (value, unit) = seconds switch { < 1e-3 => (seconds * 1e6, "µs"), < 1 => (seconds * 1e3, "ms"), _ => (seconds, "s") };
        var digits = value switch { < 10 => "F2", < 100 => "F1", _ => "F0" };
        return $"{value.ToString(digits, CultureInfo.InvariantCulture)} {unit}";
    }

    private static string Spread(BenchmarkRow row) => row.Repeats < 2 ? "" : string.Create(CultureInfo.InvariantCulture, $"± {100 * row.Spread:0} %");

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}
