using Rca.Imaging.Crf;

namespace Rca.Benchmarks;

/// <summary>A whole inference of the dense CRF, on one thread and on all processors.</summary>
internal sealed class CrfBenchmark(BenchmarkSettings settings) : IBenchmark
{
    private static readonly (int Count, string Name)[] Threads = Environment.ProcessorCount > 1 ? [(1, "1 thread"), (0, "all threads")] : [(1, "1 thread")];

    public double Seconds => settings.CrfLabels.Count * Threads.Length * settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        foreach (int labels in settings.CrfLabels)
        {
            var (picture, probabilities) = SyntheticScene.Create(settings.Width, settings.Height, labels, seed: 1);
            foreach (var (threads, name) in Threads)
                yield return meter.Repeat(
                    $"dense CRF, {labels} labels, {name}", "picture", settings.ShortSeconds, 1,
                    () => DenseCrf.Infer(picture, probabilities, labels, new DenseCrfOptions(), threads));
        }
    }
}
