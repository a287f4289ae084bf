using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class LearnedAggregationTests : SingleThread
{
    private const int L = 3, K = 2, D = 4;

    [Fact]
    public void FeaturesMeetPrototypesAfterTheirProjections()
    {
        using var aggregation = new LearnedAggregation(L, D, new ClassificationOptions { Prototypes = K });
        var weights = aggregation.Parameters().ToDictionary(static item => item.Name, static item => item.Value.Detach().ToArray<float>());
        Tensor centres = Values.Normal(1, L, K, D), features = Values.Normal(2, 1, D, 1, 1);
        float[] present = [1, 1, 0, 1, 0, 1], q = centres.ToArray<float>(), f = features.ToArray<float>();
        aggregation.SetPrototypes(centres, Tensor.From(present, L, K));
        double[] query = Apply("query", [.. f.Select(static v => (double)v)]), sum = new double[D];
        for (int k = 0; k < L * K; k++)
        {
            // A prototype that is not there is zero in Q, but its value would still be the bias.
            double[] c = [.. q[(k * D)..][..D].Select(v => (double)v * present[k])];
            double similarity = query.Zip(Apply("key", c), static (a, b) => a * b).Sum() * L / K;
            double[] value = Apply("value", c);
            for (int d = 0; d < D; d++) sum[d] += present[k] * similarity * value[d];
        }
        double[] expected = Apply("fuse", [.. f.Select(static v => (double)v), .. Apply("gathered", sum)]);
        Values.AssertClose([.. expected.Select(static v => (float)v)], aggregation.Enrich(features, Values.Normal(3, 1, L, 1, 1)).Detach().ToArray<float>(), 1e-4); // float32

        double[] Apply(string layer, double[] x) => [.. Enumerable.Range(0, D).Select(o =>
            x.Select((v, i) => v * weights[$"{layer}.weight"][o * x.Length + i]).Sum() + weights[$"{layer}.bias"][o])];
    }

    [Fact]
    public void GradientsReachAllProjectionsButNotThePrototypes()
    {
        using var aggregation = new LearnedAggregation(L, D, new ClassificationOptions { Prototypes = K });
        aggregation.SetPrototypes(Values.Normal(1, L, K, D), Tensor.Full([L, K], 1));
        aggregation.Enrich(Values.Normal(2, 2, D, 2, 3), Values.Normal(3, 2, L, 2, 3)).Sum().Backward();
        Assert.Equal(10, aggregation.Parameters().Count());
        Assert.All(aggregation.Parameters(), static item => Assert.NotNull(item.Value.Grad));
    }
}
