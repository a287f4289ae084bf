using System.Diagnostics;
using Rca.Imaging;
using Rca.Imaging.Bench;

// Dense CRF: a whole inference (lattices included), default options, 10 iterations. Wall-clock time and, for busy machines,
// processor time of all threads together.
using var process = Process.GetCurrentProcess();
const int Width = 500, Height = 375, Runs = 15;
foreach (var labels in new[] { 3, 21 })
{
    var (picture, probabilities) = SyntheticScene.Create(Width, Height, labels, seed: 1);
    foreach (var threads in new[] { 1, 2 })
    {
        var times = new List<(double Wall, double Processor)>();
        for (var run = 0; run < Runs; run++)
        {
            var processor = process.TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            DenseCrf.Infer(picture, probabilities, labels, new DenseCrfOptions(), threads);
            var wall = Stopwatch.GetElapsedTime(start);
            process.Refresh();
            times.Add((wall.TotalMilliseconds, (process.TotalProcessorTime - processor).TotalMilliseconds));
        }
        // The first third warms the code and the memory pool.
        var measured = times.Skip(Runs / 3).ToArray();
        Console.WriteLine(
            $"dense CRF {Width}×{Height}, {labels,2} labels, {threads} thread(s): "
            + $"median {Median(measured.Select(time => time.Wall)):F0} ms, processor {Median(measured.Select(time => time.Processor)):F0} ms, best {measured.Min(time => time.Wall):F0} ms");
    }
}

static double Median(IEnumerable<double> values)
{
    var ordered = values.Order().ToArray();
    return ordered[ordered.Length / 2];
}
