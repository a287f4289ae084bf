using System.Diagnostics;
using Rca.Imaging;
using Rca.Imaging.Bench;

// Dense CRF: median milliseconds of a whole inference (lattices included), default options, 10 iterations.
const int Width = 500, Height = 375, Runs = 15;
foreach (var labels in new[] { 3, 21 })
{
    var (picture, probabilities) = SyntheticScene.Create(Width, Height, labels, seed: 1);
    foreach (var threads in new[] { 1, 2 })
    {
        var times = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            DenseCrf.Infer(picture, probabilities, labels, new DenseCrfOptions(), threads);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        // The first third warms the code and the memory pool.
        var measured = times.Skip(Runs / 3).Order().ToArray();
        Console.WriteLine($"dense CRF {Width}×{Height}, {labels,2} labels, {threads} thread(s): median {measured[measured.Length / 2]:F0} ms, best {measured[0]:F0} ms");
    }
}
