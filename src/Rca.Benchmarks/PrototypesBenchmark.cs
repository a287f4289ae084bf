using Rca.Classification;
using Rca.Data.Voc;
using Rca.Torch;

namespace Rca.Benchmarks;

/// <summary>K-means in a full memory of all classes, from nothing, once an epoch where prototypes are gathered.</summary>
internal sealed class PrototypesBenchmark(BenchmarkSettings settings) : IBenchmark
{
    /// <summary>Number of centres around which the vectors of a class lie; not the number of prototypes.</summary>
    private const int Centres = 14;

    public double Seconds => settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        using var scope = new TensorScope();
        int classes = VocClasses.Names.Count, slots = settings.Published.MemorySize, prototypes = settings.Published.Prototypes, channels = settings.Channels;
        Tensor vectors = Vectors(classes, slots, channels), used = Tensor.Full([classes, slots], 1);
        var none = (Tensor.Zeros([classes, prototypes, channels]), Tensor.Zeros([classes, prototypes]));
        yield return meter.Repeat($"K-means, {classes} × ({slots}×{channels}), K = {prototypes}", "epoch", settings.ShortSeconds, 1, () =>
        {
            using var inner = new TensorScope();
            PrototypeClustering.Cluster(vectors, used, none, new Random(1));
        });
    }

    /// <summary>None below zero, as features are.</summary>
    private static Tensor Vectors(int classes, int slots, int channels)
    {
        TorchRuntime.Seed(1);
        Tensor centres = Tensor.Zeros([classes * Centres, channels]), noise = Tensor.Zeros([classes * slots, channels]);
        centres.Normal_(0, 1);
        noise.Normal_(0, 1);
        var random = new Random(1);
        long[] chosen = [.. Enumerable.Range(0, classes * slots).Select(i => (long)(i / slots * Centres + random.Next(Centres)))];
        return (centres.IndexSelect(0, Tensor.From(chosen, chosen.Length)) + noise).Relu().Reshape(classes, slots, channels);
    }
}
