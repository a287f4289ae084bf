using Rca.Benchmarks;
using Rca.Computing;

namespace Rca.Bench;

/// <summary>How cost grows with pictures, classes, side, threads and batch: tables as docs/performance.md has them, and a plot of each in a folder.</summary>
internal static class ScalingBench
{
    private const int MostRepeats = 30;

    public static void Run(string folder)
    {
        Directory.CreateDirectory(folder);
        var compute = new Compute("cpu", Precision.Fp32);
        var meter = new Meter(total: 1, MostRepeats, progress: null, CancellationToken.None);
        using var drawings = new TemporaryFolder();
        var steps = new ScalingOfSteps(folder, new BenchmarkData(drawings.Path, new BenchmarkSettings { Masks = 0 }, CancellationToken.None), meter, compute);
        // What takes note of the memory goes first, while the process holds little.
        foreach (Action question in (Action[])
        [
            steps.Batches, steps.Sides, () => ScalingOfData.Pictures(folder, meter, compute), () => ScalingOfData.Classes(folder, meter), steps.Threads,
        ])
            Console.WriteLine(FormattableString.Invariant($"({Turns.Seconds(question):F0} s)"));
    }
}
