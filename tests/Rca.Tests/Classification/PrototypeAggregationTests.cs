using Rca.Classification;
using Rca.Computing;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class PrototypeAggregationTests : SingleThread
{
    private const int L = 2, K = 3, D = 4;
    private static readonly ClassificationOptions Options = new() { Prototypes = K };

    [Theory]
    [InlineData(0, 0.5)] // the default divisor √D, here 2
    [InlineData(1, 1)]
    public void EachPositionGathersPrototypesBySoftmax(double temperature, double factor)
    {
        using var aggregation = new PrototypeAggregation(L, D, Options with { AggregationTemperature = temperature });
        Tensor prototypes = Values.Normal(1, L, K, D), features = Values.Normal(2, 2, D, 3, 2);
        float[] present = [1, 1, 0, 1, 0, 0];
        aggregation.SetPrototypes(prototypes, Tensor.From(present, L, K));
        float[] q = prototypes.ToArray<float>(), f = features.ToArray<float>(), expected = new float[f.Length];
        for (int b = 0; b < 2; b++)
            for (int at = 0; at < 6; at++)
            {
                double[] weights = [.. Enumerable.Range(0, L * K).Select(k =>
                    present[k] * Math.Exp(factor * Enumerable.Range(0, D).Sum(d => f[(b * D + d) * 6 + at] * q[k * D + d])))];
                for (int d = 0; d < D; d++)
                    expected[(b * D + d) * 6 + at] = (float)(Enumerable.Range(0, L * K).Sum(k => weights[k] * q[k * D + d]) / weights.Sum());
            }
        Values.AssertClose(expected, aggregation.Gather(features, Maps(2, 3, 2)).ToArray<float>(), 1e-5); // float32, sums of a few values of about 1
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void NoGradientPassesThroughWhatIsGathered(int mostClasses)
    {
        using var aggregation = new PrototypeAggregation(L, D, Options with { AggregationClasses = mostClasses });
        aggregation.SetPrototypes(Values.Normal(1, L, K, D), Tensor.Full([L, K], 1));
        Assert.False(aggregation.Gather(Values.Normal(2, 1, D, 2, 2).WithGrad(), Maps(1, 2, 2)).RequiresGrad);
    }

    [Fact]
    public void OfManyClassesAPictureMeetsItsLikelyOnes()
    {
        const int classes = 5;
        using var some = new PrototypeAggregation(classes, D, Options with { AggregationClasses = 2 });
        Tensor prototypes = Values.Normal(1, classes, K, D), features = Values.Normal(2, 2, D, 3, 2);
        float[] present = [1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 1];
        some.SetPrototypes(prototypes, Tensor.From(present, classes, K));
        // Class 2 has no prototypes, however likely it is.
        Tensor maps = (Tensor.From([0f, 1, 9, 5, 2, 8, 0, 9, 1, 7], 2, classes, 1, 1) + Tensor.Zeros([2, classes, 3, 2])).Contiguous();
        float[] found = some.Gather(features, maps).ToArray<float>();
        using (new Compute("cpu", Precision.Bf16).ForwardPass())
            Values.AssertClose(found, some.Gather(features, maps).To(DType.Float32).ToArray<float>(), 0.03); // bfloat16, sums of a few values of about 1

        int[][] likely = [[3, 4], [0, 4]];
        for (int picture = 0; picture < 2; picture++)
        {
            using var all = new PrototypeAggregation(classes, D, Options with { AggregationClasses = 0 });
            all.SetPrototypes(prototypes, Tensor.From([.. present.Select((value, k) => likely[picture].Contains(k / K) ? value : 0)], classes, K));
            float[] expected = all.Gather(features.Narrow(0, picture, 1), maps.Narrow(0, picture, 1)).ToArray<float>();
            Values.AssertClose(expected, found[(picture * expected.Length)..((picture + 1) * expected.Length)], 1e-5);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void BeforeThereArePrototypesNothingIsGathered(int mostClasses)
    {
        using var aggregation = new PrototypeAggregation(L, D, Options with { AggregationClasses = mostClasses });
        Assert.All(aggregation.Gather(Values.Normal(1, 1, D, 2, 2), Maps(1, 2, 2)).ToArray<float>(), static v => Assert.Equal(0, v));
    }

    [Fact]
    public void PrototypesComeBackAsTheyWentIn()
    {
        using var aggregation = new PrototypeAggregation(L, D, Options);
        Assert.Equal(new float[L * K], aggregation.Prototypes().Present.ToArray<float>());
        Tensor centres = Values.Normal(1, L, K, D), present = Tensor.From([1f, 1, 0, 1, 0, 0], L, K);
        aggregation.SetPrototypes(centres, present);
        var (foundCentres, foundPresent) = aggregation.Prototypes();
        Assert.True(centres.ElementsEqual(foundCentres));
        Assert.True(present.ElementsEqual(foundPresent));
    }

    [Fact]
    public void PrototypesDoNotLearnByGradient()
    {
        using var aggregation = new PrototypeAggregation(L, D, Options);
        Assert.Empty(aggregation.Parameters());
    }

    private static Tensor Maps(int pictures, int height, int width) => Values.Normal(3, pictures, L, height, width);
}
