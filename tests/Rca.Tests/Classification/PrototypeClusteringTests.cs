using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class PrototypeClusteringTests : SingleThread
{
    private const int D = 4;

    [Fact]
    public void InertiaIsNoWorseThanPlainKMeans()
    {
        const int N = 90, K = 6;
        double[][] entries = Blobs(N, K, seed: 3);
        double best = Enumerable.Range(0, 5).Min(seed => Inertia(entries, Lloyd(entries, K, new Random(seed))));
        double ours = Enumerable.Range(0, 3).Min(seed =>
        {
            var (centres, _) = PrototypeClustering.Cluster(ToTensor(entries), Tensor.Full([1, N], 1), None(1, K), new Random(seed));
            return Inertia(entries, Rows(centres));
        });
        Assert.True(ours <= best * 1.05, $"inertia {ours:F3}, the plain implementation has {best:F3}"); // best of a few starts on either side
    }

    [Fact]
    public void CentresAreTheMeansOfTheirMembers()
    {
        const int N = 60, K = 5;
        double[][] entries = Blobs(N, 3, seed: 8);
        var (centres, present) = PrototypeClustering.Cluster(ToTensor(entries), Tensor.Full([1, N], 1), None(1, K), new Random(1));
        Assert.Equal([1f, 1, 1, 1, 1], present.ToArray<float>());
        double[][] rows = Rows(centres);
        for (int k = 0; k < K; k++)
        {
            double[][] members = [.. entries.Where(entry => Nearest(entry, rows) == k)];
            Assert.NotEmpty(members);
            for (int d = 0; d < D; d++) Assert.Equal(members.Average(m => m[d]), rows[k][d], 1e-4); // float32 sums of dozens of values of about 5
        }
    }

    [Fact]
    public void AClassWithFewEntriesHasOnePrototypeForEach()
    {
        double[][] entries = Blobs(3, 3, seed: 1);
        var (centres, present) = PrototypeClustering.Cluster(ToTensor(entries), Tensor.Full([1, 3], 1), None(1, 5), new Random(1));
        Assert.Equal([1f, 1, 1, 0, 0], present.ToArray<float>());
        Assert.All(entries, entry => Assert.Contains(Rows(centres)[..3], row => Distance(row, entry) < 1e-9)); // single members: exact up to float32
        Assert.All(Rows(centres)[3..], static row => Assert.All(row, static v => Assert.Equal(0, v)));
    }

    [Fact]
    public void UnusedSlotsAndEmptyClassesTakeNoPart()
    {
        const int N = 6, K = 2;
        double[][] entries = Blobs(N, 2, seed: 4);
        Tensor alone = ToTensor(entries), used = Tensor.From([1f, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0], 2, N);
        Tensor vectors = Tensor.Concatenate([alone, Tensor.Full([1, N, D], 9)], 0); // class 1 has content but nothing in use
        var (centres, present) = PrototypeClustering.Cluster(vectors, used, None(2, K), new Random(2));
        Assert.Equal([1f, 1, 0, 0], present.ToArray<float>());
        double[][] inUse = [entries[0], entries[2], entries[3], entries[5]], rows = Rows(centres);
        double[] mean = [.. Enumerable.Range(0, D).Select(d => inUse.Average(e => e[d]))];
        int[] sizes = [.. Enumerable.Range(0, K).Select(k => inUse.Count(e => Nearest(e, rows[..K]) == k))];
        for (int d = 0; d < D; d++) Assert.Equal(mean[d], (sizes[0] * rows[0][d] + sizes[1] * rows[1][d]) / 4, 1e-5); // float32
        Assert.All(rows[K..], static row => Assert.All(row, static v => Assert.Equal(0, v)));
    }

    [Fact]
    public void TheLastCentresAreTheStart()
    {
        const int N = 40, K = 4;
        Tensor vectors = ToTensor(Blobs(N, 3 * K, seed: 5)), used = Tensor.Full([1, N], 1);
        var first = PrototypeClustering.Cluster(vectors, used, None(1, K), new Random(1));
        var again = PrototypeClustering.Cluster(vectors, used, first, new Random(99));
        Assert.True(first.Centres.ElementsEqual(again.Centres)); // a cold start would find others
        var cold = PrototypeClustering.Cluster(vectors, used, None(1, K), new Random(99));
        Assert.False(first.Centres.ElementsEqual(cold.Centres));
    }

    [Fact]
    public void ALeftBehindCentreIsRevived()
    {
        const int N = 40, K = 3;
        double[][] entries = Blobs(N, K, seed: 6);
        Tensor stale = Tensor.From([100f, 100, 100, 100, 90, 90, 90, 90, -80, -80, -80, -80], 1, K, D);
        var (centres, _) = PrototypeClustering.Cluster(ToTensor(entries), Tensor.Full([1, N], 1), (stale, Tensor.Full([1, K], 1)), new Random(1));
        Assert.All(Enumerable.Range(0, K), k => Assert.Contains(entries, entry => Nearest(entry, Rows(centres)) == k));
    }

    [Fact]
    public void TheSeedDecides()
    {
        Tensor vectors = Values.Normal(7, 2, 30, D), used = Tensor.Full([2, 30], 1);
        Tensor Run(int seed) => PrototypeClustering.Cluster(vectors, used, None(2, 5), new Random(seed)).Centres;
        Assert.True(Run(1).ElementsEqual(Run(1)));
        Assert.False(Run(1).ElementsEqual(Run(2)));
    }

    private static (Tensor, Tensor) None(long classes, long prototypes) => (Tensor.Zeros([classes, prototypes, D]), Tensor.Zeros([classes, prototypes]));

    private static double[][] Blobs(int count, int blobs, int seed)
    {
        float[] centres = Values.Normal(seed, blobs, D).ToArray<float>(), noise = Values.Normal(seed + 100, count, D).ToArray<float>();
        return [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, D).Select(d => (double)(5 * centres[i % blobs * D + d] + 0.5f * noise[i * D + d])).ToArray())];
    }

    private static Tensor ToTensor(double[][] entries) => Tensor.From<float>([.. entries.SelectMany(static e => e).Select(static v => (float)v)], 1, entries.Length, D);

    private static double[][] Rows(Tensor centres) => [.. centres.ToArray<float>().Select(static v => (double)v).Chunk(D)];

    private static double Distance(double[] a, double[] b) => a.Zip(b, static (x, y) => (x - y) * (x - y)).Sum();

    private static int Nearest(double[] entry, double[][] centres) => Enumerable.Range(0, centres.Length).MinBy(k => Distance(entry, centres[k]));

    private static double Inertia(double[][] entries, double[][] centres) => entries.Sum(entry => centres.Min(c => Distance(entry, c)));

    private static double[][] Lloyd(double[][] entries, int count, Random random)
    {
        var centres = new List<double[]> { entries[random.Next(entries.Length)] };
        while (centres.Count < count)
        {
            double[] weights = [.. entries.Select(entry => centres.Min(c => Distance(entry, c)))];
            double left = random.NextDouble() * weights.Sum();
            int drawn = 0;
            while (drawn < entries.Length - 1 && (left -= weights[drawn]) > 0) drawn++;
            centres.Add(entries[drawn]);
        }
        for (int round = 0; round < 50; round++)
            centres = [.. entries.GroupBy(entry => Nearest(entry, [.. centres])).Select(static g => Enumerable.Range(0, D).Select(d => g.Average(e => e[d])).ToArray())];
        return [.. centres];
    }
}
