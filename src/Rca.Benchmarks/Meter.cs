using System.Diagnostics;
using Rca.Progress;

namespace Rca.Benchmarks;

/// <summary>Repeats some work and measures its time.</summary>
/// <param name="total">Seconds that all the work should take.</param>
/// <param name="mostRepeats">Most repeats that count.</param>
/// <param name="progress">Receives the progress after each repetition.</param>
/// <param name="cancellation">Stops between runs.</param>
internal sealed class Meter(double total, int mostRepeats, IProgress<StageProgress>? progress, CancellationToken cancellation)
{
    /// <summary>A first run that takes more seconds than this is not repeated: warming up is a small part of it.</summary>
    private const double LongestWarmUp = 10;

    private double _before;

    /// <summary>Stops between runs, and within work that can be stopped.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>
    /// Repeats work until its time is up. The first run warms up and does not count, unless it takes so long that it stays the only one.
    /// </summary>
    /// <param name="name">What is measured, for the progress.</param>
    /// <param name="seconds">Time for all runs together.</param>
    /// <param name="run">Does the work and returns the times of its parts.</param>
    /// <returns>What each run that counts took.</returns>
    public double[][] Repeat(string name, double seconds, Func<double[]> run)
    {
        var runs = new List<double[]>();
        long start = Stopwatch.GetTimestamp();
        double used = 0;
        do
        {
            Report(name, Math.Min(used, seconds));
            cancellation.ThrowIfCancellationRequested();
            runs.Add(run());
            used = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        while (runs.Count <= mostRepeats && used < (runs.Count > 1 ? seconds : Math.Max(seconds, LongestWarmUp)));
        _before += seconds;
        Report(name, 0);
        return [.. runs.Skip(runs.Count > 1 ? 1 : 0)];
    }

    /// <summary>The same for work in one part, of which each run does <paramref name="count"/>.</summary>
    public BenchmarkRow Repeat(string name, string per, double seconds, int count, Action run) =>
        BenchmarkRow.Of(name, per, Repeat(name, seconds, () => [Seconds(run)]).Select(parts => parts[0] / count));

    /// <summary>Seconds that work takes.</summary>
    public static double Seconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private void Report(string name, double inRow) =>
        progress?.Report(new StageProgress("Measuring", (long)Math.Round(100 * (_before + inRow) / total), 100, name));
}
