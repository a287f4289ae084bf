using System.Diagnostics;
using Rca.Computing;
using Rca.Progress;
using Rca.Torch;
using Rca.Training;

namespace Rca.Benchmarks;

/// <summary>Some rows that belong together.</summary>
internal interface IBenchmark
{
    /// <summary>Seconds that they should take; slow machines take longer, because every row runs at least once.</summary>
    double Seconds { get; }

    /// <summary>Measures them.</summary>
    IEnumerable<BenchmarkRow> Measure(Meter meter);
}

/// <summary>Measures how fast this machine does each part of the work, one after the other, on drawn pictures and with random weights.</summary>
public static class BenchmarkSuite
{
    /// <summary>Runs all parts and deletes the drawn pictures afterwards.</summary>
    /// <param name="compute">Device and precision of the networks.</param>
    /// <param name="settings">Sizes and times.</param>
    /// <param name="progress">Receives the progress after each repetition, in hundredths of the whole.</param>
    /// <param name="cancellation">Stops between runs.</param>
    public static BenchmarkReport Run(
        Compute compute, BenchmarkSettings settings, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        var watch = Stopwatch.StartNew();
        double? load = MachineDescription.RecentLoad();
        TorchRuntime.Initialize(TorchRuntime.Threads); // the same for all rows
        string folder = Directory.CreateTempSubdirectory($"rca-benchmark-{Environment.ProcessId}-").FullName;
        try
        {
            progress?.Report(new StageProgress("Drawing pictures", 0, 0));
            var data = new BenchmarkData(folder, settings, cancellation);
            IBenchmark[] parts =
            [
                new CrfBenchmark(settings), new EvaluationBenchmark(data, settings), new PrototypesBenchmark(settings), new UsualTrainingBenchmark(data, settings, compute),
                new PredictionBenchmark(data, settings, compute), new PublishedTrainingBenchmark(data, settings, compute), new LabellingBenchmark(data, settings, compute),
            ];
            var meter = new Meter(parts.Sum(static part => part.Seconds), settings.MostRepeats, progress, cancellation);
            BenchmarkRow[] rows = [.. parts.SelectMany(part => part.Measure(meter))];
            return new BenchmarkReport(
                RunVersions.Of(compute), MachineDescription.Here(), BlasLibrary.OfProcess().Name, TorchRuntime.Threads, load, rows,
                rows.Max(static row => row.PeakMemoryBytes), watch.Elapsed.TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
