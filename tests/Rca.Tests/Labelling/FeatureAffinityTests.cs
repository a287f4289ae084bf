using Rca.Labelling;
using Rca.Torch;

namespace Rca.Tests.Labelling;

public sealed class FeatureAffinityTests : SingleThread
{
    /// <summary>The definition in plain loops: weights are powers of the mean cosine, each position takes the weighted mean of all.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void EveryPositionTakesTheMeanOfThoseThatLookAlike(double power)
    {
        const int height = 3, width = 4, classes = 2, count = height * width;
        Tensor maps = Values.Normal(1, 2, classes, height, width), fine = Values.Normal(2, 2, 5, height, width).Relu(), deep = Values.Normal(3, 2, 7, height, width).Relu();
        float[] shared = new FeatureAffinity(power, [1, 2]).Share(maps, [fine, deep]).ToArray<float>();
        float[] values = maps.ToArray<float>(), first = fine.ToArray<float>(), second = deep.ToArray<float>();
        for (int b = 0; b < 2; b++)
            for (int i = 0; i < count; i++)
                for (int l = 0; l < classes; l++)
                {
                    double sum = 0, weights = 0;
                    for (int j = 0; j < count; j++)
                    {
                        double weight = Math.Pow(Math.Max(1e-6, (Cosine(first, 5, b, i, j) + Cosine(second, 7, b, i, j)) / 2), power);
                        weights += weight;
                        sum += weight * values[(b * classes + l) * count + j];
                    }
                    Assert.Equal(sum / weights, shared[(b * classes + l) * count + i], 1e-4);
                }

        static double Cosine(float[] features, int channels, int picture, int i, int j)
        {
            double product = 0, one = 0, other = 0;
            for (int d = 0; d < channels; d++)
            {
                double a = features[(picture * channels + d) * count + i], b = features[(picture * channels + d) * count + j];
                (product, one, other) = (product + a * b, one + a * a, other + b * b);
            }
            return product / Math.Max(1e-12, Math.Sqrt(one * other));
        }
    }

    [Fact]
    public void FeaturesOfAnotherGridAreResized()
    {
        Tensor shared = new FeatureAffinity(4, [1]).Share(Values.Normal(1, 1, 2, 4, 4), [Values.Normal(2, 1, 3, 8, 8).Relu()]);
        Assert.Equal([1, 2, 4, 4], shared.Shape);
    }
}
