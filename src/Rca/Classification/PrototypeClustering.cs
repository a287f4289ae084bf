using Rca.Clustering;
using Rca.Computing;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// K-means within each class's memory (section 3.3), several classes at a time. A class that had its full number of prototypes starts from
/// them, others from <see cref="KMeans"/>' own start. Runs on the processor whatever the device: once an epoch, on vectors that fit its caches
/// class by class, where ten centres are too few to fill a matrix product.
/// </summary>
public static class PrototypeClustering
{
    /// <summary>Clusters.</summary>
    /// <param name="vectors">Region vectors, (L, N, D).</param>
    /// <param name="used">Which slots hold one, (L, N) of 0 and 1.</param>
    /// <param name="previous">The last epoch's centres (L, K, D), and which there are (L, K) of 0 and 1; none at first.</param>
    /// <param name="random">Chooses the starting points.</param>
    /// <returns>Centres Q (L, K, D), zero where there is no prototype, and which exist (L, K): K, or one for each entry where there are fewer.</returns>
    public static (Tensor Centres, Tensor Present) Cluster(
        Tensor vectors, Tensor used, (Tensor Centres, Tensor Present) previous, Random random)
    {
        int classes = (int)vectors.Size(0), channels = (int)vectors.Size(2), prototypes = (int)previous.Centres.Size(1);
        float[] inUse = used.ToArray<float>(), before = previous.Centres.ToArray<float>(), had = previous.Present.ToArray<float>();
        var centres = new float[classes * prototypes * channels];
        var present = new float[classes * prototypes];
        int[] seeds = [.. Enumerable.Range(0, classes).Select(_ => random.Next())]; // whatever the order of the classes
        Workers.For(classes, TorchRuntime.Threads, default, l =>
        {
            var points = new KMeans(Entries(vectors, l, inUse), channels);
            int count = Math.Min(prototypes, points.Count), first = l * prototypes;
            present.AsSpan(first, count).Fill(1);
            // Warm only where nothing is missing; a class that has grown starts anew.
            bool isWarm = !had.AsSpan(first, count).Contains(0);
            ReadOnlySpan<float> start = isWarm ? before.AsSpan(first * channels, count * channels) : default;
            if (count > 0) points.Cluster(count, start, new Random(seeds[l]), centres.AsSpan(first * channels, count * channels));
        });
        return (
            Tensor.From(centres, classes, prototypes, channels).To(vectors.Device),
            Tensor.From(present, classes, prototypes).To(vectors.Device));
    }

    /// <summary>The vectors of a class that are in use, one after the other.</summary>
    private static float[] Entries(Tensor vectors, int l, float[] inUse)
    {
        using Tensor slots = vectors.Narrow(0, l, 1); // (1, N, D)
        float[] values = slots.ToArray<float>();
        int count = (int)vectors.Size(1), channels = (int)vectors.Size(2), kept = 0;
        for (int slot = 0; slot < count; slot++)
        {
            if (inUse[l * count + slot] == 0) continue;
            values.AsSpan(slot * channels, channels).CopyTo(values.AsSpan(kept * channels));
            kept++;
        }
        return kept == count ? values : values[..(kept * channels)];
    }
}
