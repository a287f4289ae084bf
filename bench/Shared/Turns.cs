using System.Diagnostics;

namespace Rca.Bench;

/// <summary>Seconds by the clock, and of all processors together: on a busy machine the second says more.</summary>
internal readonly record struct Cost(double Wall, double Processor);

/// <summary>Two sides of a comparison take turns, so that a busy machine is equally busy for both.</summary>
internal static class Turns
{
    /// <summary>Medians of what each side answers.</summary>
    public static (double Here, double There) Medians(int rounds, Func<double> here, Func<double> there)
    {
        double[] a = new double[rounds], b = new double[rounds];
        for (int round = 0; round < rounds; round++) (a[round], b[round]) = (here(), there());
        return (Median(a), Median(b));
    }

    /// <summary>The same for sides that answer both times.</summary>
    public static (Cost Here, Cost There) Medians(int rounds, Func<Cost> here, Func<Cost> there)
    {
        Cost[] a = new Cost[rounds], b = new Cost[rounds];
        for (int round = 0; round < rounds; round++) (a[round], b[round]) = (here(), there());
        return (Median(a), Median(b));
    }

    /// <summary>Median of the seconds that a step takes.</summary>
    public static double MedianOf(int warmUp, int count, Action step)
    {
        for (int i = 0; i < warmUp; i++) step();
        return Median([.. Enumerable.Range(0, count).Select(_ => Seconds(step))]);
    }

    public static double Seconds(Action step)
    {
        long start = Stopwatch.GetTimestamp();
        step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static Cost Measure(Action step)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        double seconds = Seconds(step);
        return new Cost(seconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    public static Cost Median(IReadOnlyList<Cost> costs) => new(Median([.. costs.Select(cost => cost.Wall)]), Median([.. costs.Select(cost => cost.Processor)]));

    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    public static void Header(string what) => Console.WriteLine($"{what,-40}{"here",12}{"peer",12}{"peer/here",12}");

    public static void Row(string what, double here, double there) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-40}{Show(here),12}{Show(there),12}{there / here,12:F2}"));

    public static void Row(string what, Cost here, Cost there)
    {
        Row(what, here.Wall, there.Wall);
        Row("  processor time", here.Processor, there.Processor);
    }

    /// <summary>A check that both sides compute the same.</summary>
    public static void Agree(string what, double difference, double tolerance)
    {
        if (!(difference <= tolerance))
            throw new InvalidOperationException(FormattableString.Invariant($"{what}: the sides differ by {difference:G3}, more than {tolerance:G3}."));
        Console.WriteLine(FormattableString.Invariant($"{what}: the sides differ by {difference:G3} (at most {tolerance:G3})"));
    }

    public static string Show(double seconds) => seconds switch
    {
        < 1e-3 => FormattableString.Invariant($"{seconds * 1e9:F0} ns"),
        < 10 => FormattableString.Invariant($"{seconds * 1e3:F1} ms"),
        _ => FormattableString.Invariant($"{seconds:F1} s"),
    };
}
