using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class SemanticContrastTests : SingleThread
{
    private const int L = 4, D = 6;
    private const double Temperature = 0.07;

    /// <summary>Tags of the batch, classes of the keys: all classes; a class without positives; positives alone; one picture, no partner.</summary>
    public static TheoryData<int[][], int[]> Cases => new()
    {
        { [[0, 2], [1], [3, 1, 0]], [0, 0, 1, 2, 2, 2, 3] },
        { [[0, 2], [], [3]], [0, 1, 1, 2] },
        { [[1], [1]], [1, 1, 1] },
        { [[0, 1]], [0, 1, 2] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheLossIsTheFormulas(int[][] tags, int[] keyClasses)
    {
        var (regions, queries, keys, mixing) = Problem(tags, keyClasses);
        double actual = Loss(regions, queries, keys, keyClasses, mixing).Item();
        double expected = Naive(regions, queries.ToArray<float>(), keys.ToArray<float>(), keyClasses, mixing);
        // float32 logits up to 1/0.07: an error of 1e-6 each.
        Assert.Equal(expected, actual, 2e-5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheGradientIsTheFormulas(int[][] tags, int[] keyClasses)
    {
        var (regions, queries, keys, mixing) = Problem(tags, keyClasses);
        Loss(regions, queries.WithGrad(), keys, keyClasses, mixing).Backward();
        float[] actual = queries.Grad!.ToArray<float>(), at = queries.Detach().ToArray<float>(), k = keys.ToArray<float>();
        const float step = 1e-3f; // central differences of the formula in double: their own error is of the order of its square
        for (int i = 0; i < at.Length; i++)
        {
            float[] up = [.. at], down = [.. at];
            up[i] += step;
            down[i] -= step;
            double expected = (Naive(regions, up, k, keyClasses, mixing) - Naive(regions, down, k, keyClasses, mixing)) / ((double)up[i] - down[i]);
            Assert.Equal(expected, actual[i], 1e-3);
        }
    }

    [Fact]
    public void EachPictureCountsOnceHoweverManyRegionsItHas()
    {
        int[] keyClasses = [0, 1, 2];
        var (regions, queries, keys, _) = Problem([[0, 1, 2], [0]], keyClasses);
        var unmixed = new SemanticContrast.Mixing([0, 1, 2, 3], [1, 1, 1, 1]);
        float both = Loss(regions, queries, keys, keyClasses, unmixed).Item();
        float first = Loss(Regions.Find(Tensor.Zeros([1, L, 1, 1]), [[0, 1, 2]]), queries.Narrow(0, 0, 3), keys, keyClasses, new([0, 1, 2], [1, 1, 1])).Item();
        float second = Loss(Regions.Find(Tensor.Zeros([1, L, 1, 1]), [[0]]), queries.Narrow(0, 3, 1), keys, keyClasses, new([0], [1])).Item();
        Assert.Equal((first + second) / 2, both, 1e-5f); // float32
    }

    [Fact]
    public void APartnerIsFromAnotherPictureAndClassWherePossible()
    {
        var regions = Regions.Find(Tensor.Zeros([3, L, 1, 1]), [[0, 1], [0], [0]]);
        for (int seed = 0; seed < 50; seed++)
        {
            var mixing = SemanticContrast.Draw(regions, 8, new Random(seed));
            for (int r = 0; r < regions.Count; r++) Assert.NotEqual(regions.Pictures[r], regions.Pictures[mixing.Partners[r]]);
            Assert.Equal(1, mixing.Partners[2]); // class 1 of picture 0 is the only other class elsewhere
            Assert.Equal(1, mixing.Partners[3]);
        }
    }

    [Fact]
    public void WithoutAnotherClassThePartnerIsOfTheSameAndWithoutAnotherPictureThereIsNone()
    {
        var same = SemanticContrast.Draw(Regions.Find(Tensor.Zeros([2, L, 1, 1]), [[1], [1]]), 8, new Random(1));
        Assert.Equal([1, 0], same.Partners);
        Assert.All(same.Weights, static w => Assert.InRange(w, 0.001f, 0.999f));
        var alone = SemanticContrast.Draw(Regions.Find(Tensor.Zeros([1, L, 1, 1]), [[0, 1]]), 8, new Random(1));
        Assert.Equal([0, 1], alone.Partners);
        Assert.Equal([1f, 1f], alone.Weights);
    }

    [Fact]
    public void WeightsFollowTheBetaDistributionAndTheSeed()
    {
        var regions = Regions.Find(Tensor.Zeros([2, L, 1, 1]), [[0], [1]]);
        var random = new Random(5);
        double[] weights = [.. Enumerable.Range(0, 5000).SelectMany(_ => SemanticContrast.Draw(regions, 8, random).Weights).Select(static w => (double)w)];
        double mean = weights.Average(), variance = weights.Average(w => (w - mean) * (w - mean));
        // Beta(8, 8): mean 1/2, variance 1/(4·17). Four standard errors of 10,000 draws: 0.005 and 6 % of the variance.
        Assert.Equal(0.5, mean, 0.005);
        Assert.Equal(1 / 68.0, variance, 0.06 / 68);
        Assert.Equal(SemanticContrast.Draw(regions, 8, new Random(3)).Weights, SemanticContrast.Draw(regions, 8, new Random(3)).Weights);
        Assert.NotEqual(SemanticContrast.Draw(regions, 8, new Random(3)).Weights, SemanticContrast.Draw(regions, 8, new Random(4)).Weights);
    }

    private static (Regions, Tensor Queries, Tensor Keys, SemanticContrast.Mixing) Problem(int[][] tags, int[] keyClasses)
    {
        var regions = Regions.Find(Tensor.Zeros([tags.Length, L, 1, 1]), [.. tags.Select(static t => (IReadOnlyList<int>)t)]);
        return (regions, Values.Normal(1, regions.Count, D), Values.Normal(2, keyClasses.Length, D).Normalize(1), SemanticContrast.Draw(regions, 8, new Random(3)));
    }

    private static Tensor Loss(Regions regions, Tensor queries, Tensor keys, int[] keyClasses, SemanticContrast.Mixing mixing) =>
        SemanticContrast.Loss(queries, regions, mixing, keys, Tensor.From<long>([.. keyClasses.Select(static l => (long)l)], keyClasses.Length), Temperature);

    /// <summary>Section 4 of the method, term by term.</summary>
    private static double Naive(Regions regions, float[] queries, float[] keys, int[] keyClasses, SemanticContrast.Mixing mixing)
    {
        double total = 0;
        var pictures = regions.Pictures.Distinct().ToList();
        foreach (int picture in pictures)
        {
            int[] mine = [.. Enumerable.Range(0, regions.Count).Where(r => regions.Pictures[r] == picture)];
            foreach (int r in mine)
            {
                int partner = mixing.Partners[r];
                double w = mixing.Weights[r];
                double[] mixed = [.. Enumerable.Range(0, D).Select(d => w * queries[r * D + d] + (1 - w) * queries[partner * D + d])];
                double length = Math.Sqrt(mixed.Sum(static v => v * v));
                double[] similarity = [.. Enumerable.Range(0, keyClasses.Length)
                    .Select(e => Math.Exp(Enumerable.Range(0, D).Sum(d => mixed[d] / length * keys[e * D + d]) / Temperature))];
                total += (w * Nce(similarity, regions.Classes[r]) + (1 - w) * Nce(similarity, regions.Classes[partner])) / mine.Length;
            }
        }
        return total / pictures.Count;

        double Nce(double[] similarity, int c)
        {
            double others = similarity.Where((_, e) => keyClasses[e] != c).Sum();
            double[] positives = [.. similarity.Where((_, e) => keyClasses[e] == c)];
            return positives.Length == 0 ? 0 : -positives.Average(k => Math.Log(k / (k + others)));
        }
    }
}
