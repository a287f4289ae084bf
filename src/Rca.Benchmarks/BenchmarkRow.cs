using System.Diagnostics;

namespace Rca.Benchmarks;

/// <summary>How long one piece of work takes.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Per">What the seconds are for, for example "picture".</param>
/// <param name="Seconds">Median over the repeats.</param>
/// <param name="LowerQuartile">A quarter of the repeats took less.</param>
/// <param name="UpperQuartile">A quarter of the repeats took more.</param>
/// <param name="Repeats">Runs that count. With more than one, the run that warmed up does not.</param>
/// <param name="PeakMemoryBytes">Most memory that the process had resident up to the end of this row.</param>
/// <param name="Note">A figure that follows from it, in words; or null.</param>
public sealed record BenchmarkRow(
    string Name, string Per, double Seconds, double LowerQuartile, double UpperQuartile, int Repeats, long PeakMemoryBytes, string? Note = null)
{
    /// <summary>Half the distance between the quartiles, as a fraction of the median.</summary>
    public double Spread => (UpperQuartile - LowerQuartile) / 2 / Seconds;

    /// <summary>Makes a row from the seconds of each repetition, for one picture or whatever `per` names.</summary>
    internal static BenchmarkRow Of(string name, string per, IEnumerable<double> seconds, string? note = null)
    {
        double[] sorted = [.. seconds.Order()];
        using var self = Process.GetCurrentProcess();
        return new BenchmarkRow(name, per, Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted.Length, self.PeakWorkingSet64, note);
    }

    /// <summary>A quantile, linear between neighbours.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
