using Rca.Classification;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>K-means in the memory of 20 classes, 500 vectors of 512 numbers each, 10 prototypes, from nothing.</summary>
internal static class PrototypesBench
{
    private const int Classes = 20, Prototypes = 10, Rounds = 5;

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        peer.Run("write", folder["vectors.pth"]);
        using WeightFile file = WeightFile.Read(folder["vectors.pth"]);
        Tensor vectors = file.Tensors["vectors"]; // (L, N, D)
        Inertia(vectors, Cluster(vectors, seed: 0).Centres); // warms up
        foreach (int starts in new[] { 1, 10 })
        {
            List<double> here = [], there = [];
            int hereSeed = 0, thereSeed = 0;
            var medians = Turns.Medians(
                Rounds,
                () =>
                {
                    var (cost, centres) = Cluster(vectors, hereSeed++);
                    here.Add(Inertia(vectors, centres));
                    return cost;
                },
                () =>
                {
                    double[] figures = peer.Run("cluster", folder["vectors.pth"], $"{starts}", $"{thereSeed++}");
                    there.Add(figures[2]);
                    return new Cost(figures[0], figures[1]);
                });
            Turns.Header($"clustering, scikit-learn with {starts} start(s)");
            Turns.Row("20 classes", medians.Here, medians.There);
            Console.WriteLine(FormattableString.Invariant($"mean inertia over {Rounds} seeds: here {here.Average():G6}, peer {there.Average():G6}, here/peer {here.Average() / there.Average():F4}"));
        }
    }

    private static (Cost Cost, float[] Centres) Cluster(Tensor vectors, int seed)
    {
        using var scope = new TensorScope();
        Tensor used = Tensor.Full([Classes, vectors.Size(1)], 1);
        var none = (Tensor.Zeros([Classes, Prototypes, vectors.Size(2)]), Tensor.Zeros([Classes, Prototypes]));
        Tensor? centres = null;
        Cost cost = Turns.Measure(() => (centres, _) = PrototypeClustering.Cluster(vectors, used, none, new Random(seed)));
        return (cost, centres!.ToArray<float>());
    }

    /// <summary>Sum of squared distances from the nearest centre, in double precision.</summary>
    private static double Inertia(Tensor vectors, float[] centres)
    {
        int slots = (int)vectors.Size(1), channels = (int)vectors.Size(2);
        float[] values = vectors.ToArray<float>();
        return ParallelEnumerable.Range(0, Classes * slots).Sum(row => Enumerable.Range(row / slots * Prototypes, Prototypes).Min(centre =>
        {
            double distance = 0;
            for (int d = 0; d < channels; d++)
            {
                double difference = values[row * channels + d] - (double)centres[centre * channels + d];
                distance += difference * difference;
            }
            return distance;
        }));
    }
}
