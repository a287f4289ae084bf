using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// K-means within each class's memory (section 3.3), for all classes at once. k-means++ start; a class that had its full number of
/// prototypes starts from them.
/// </summary>
public static class PrototypeClustering
{
    private const int Rounds = 30;
    private const double Never = -1e30, Far = 1e30;

    /// <summary>Clusters.</summary>
    /// <param name="vectors">Region vectors, (L, N, D).</param>
    /// <param name="used">Which slots hold one, (L, N) of 0 and 1.</param>
    /// <param name="previous">The last epoch's centres (L, K, D), and which there are (L, K) of 0 and 1; none at first.</param>
    /// <param name="random">Chooses the starting points.</param>
    /// <returns>Centres Q (L, K, D), zero where there is none, and which there are (L, K): K, or one for each entry where there are fewer.</returns>
    public static (Tensor Centres, Tensor Present) Cluster(
        Tensor vectors, Tensor used, (Tensor Centres, Tensor Present) previous, Random random)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        int classes = (int)vectors.Size(0), prototypes = (int)previous.Centres.Size(1);
        Tensor entries = used.Sum(1).Unsqueeze(1); // (L, 1)
        Tensor order = Tensor.Arange(prototypes, vectors.Device).To(DType.Float32).Unsqueeze(0); // (1, K)
        Tensor present = entries.Greater(order).To(DType.Float32); // (L, K)
        Tensor fresh = Start(vectors, used, prototypes, random); // (L, K, D)
        // Warm only where nothing is missing; a class that has grown starts anew.
        Tensor complete = (present - previous.Present).Max([1]).Greater(0).Not().Reshape(classes, 1, 1);
        Tensor centres = Tensor.Where(complete, previous.Centres, fresh);
        Tensor absent = present.EqualTo(0).Unsqueeze(1); // (L, 1, K)
        Tensor squares = (vectors * vectors).Sum(2).Unsqueeze(2); // (L, N, 1)
        for (int round = 0; round < Rounds; round++)
        {
            using var step = new TensorScope();
            Tensor nearest = Distances(vectors, squares, centres).MaskedFill(absent, Far).ArgMin(2); // (L, N)
            Tensor members = nearest.Unsqueeze(2).EqualTo(Tensor.Arange(prototypes, vectors.Device).Reshape(1, 1, prototypes)).To(DType.Float32)
                * used.Unsqueeze(2); // (L, N, K)
            Tensor sizes = members.Sum(1).Unsqueeze(2); // (L, K, 1)
            Tensor means = members.Transpose(1, 2).Matmul(vectors) / sizes.ClampMin(1);
            // A centre without members, left behind as the features moved on, starts again from an entry.
            Tensor moved = Tensor.Where(sizes.Greater(0), means, fresh);
            bool settled = moved.ElementsEqual(centres);
            centres = step.Keep(moved);
            if (settled) break;
        }
        return (scope.Keep(centres * present.Unsqueeze(2)), scope.Keep(present));
    }

    /// <summary>
    /// k-means++ (Arthur and Vassilvitskii, 2007): each next centre is an entry drawn with probability proportional to its squared
    /// distance from the centres so far. The draw is the largest of log d² plus Gumbel noise, so that all classes draw at once.
    /// </summary>
    private static Tensor Start(Tensor vectors, Tensor used, int prototypes, Random random)
    {
        long classes = vectors.Size(0), slots = vectors.Size(1), channels = vectors.Size(2);
        Tensor free = used.EqualTo(0);
        Tensor squares = (vectors * vectors).Sum(2).Unsqueeze(2);
        Tensor weights = used; // (L, N): the first centre is drawn evenly
        Tensor? nearest = null;
        var centres = new Tensor[prototypes];
        for (int k = 0; k < prototypes; k++)
        {
            Tensor noise = Tensor.From(Gumbel(classes * slots, random), classes, slots).To(vectors.Device);
            Tensor drawn = (weights.ClampMin(1e-30).Log() + noise).MaskedFill(free, Never).ArgMax(1); // (L)
            centres[k] = vectors.Gather(1, drawn.Reshape(classes, 1, 1).Expand(-1, -1, channels)); // (L, 1, D)
            Tensor distance = Distances(vectors, squares, centres[k]).Squeeze(2);
            weights = nearest = nearest?.Minimum(distance) ?? distance;
        }
        return Tensor.Concatenate(centres, 1);
    }

    /// <summary>Squared Euclidean distances, (L, N, K), at least 0.</summary>
    private static Tensor Distances(Tensor vectors, Tensor squares, Tensor centres) =>
        (squares + (centres * centres).Sum(2).Unsqueeze(1) - vectors.Matmul(centres.Transpose(1, 2)) * 2).ClampMin(0);

    private static float[] Gumbel(long count, Random random)
    {
        var noise = new float[count];
        for (int i = 0; i < noise.Length; i++) noise[i] = (float)-Math.Log(-Math.Log(Math.Max(random.NextDouble(), 1e-300)));
        return noise;
    }
}
