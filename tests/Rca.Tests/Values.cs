using Rca.Torch;

namespace Rca.Tests;

/// <summary>Tensors for tests, and their comparison.</summary>
internal static class Values
{
    public static Tensor Normal(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, static (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return Tensor.From(values, shape);
    }

    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"value {i}: {expected[i]:R} expected, {actual[i]:R} found");
    }

    public static string GoldenPath(string name) => Path.Combine(AppContext.BaseDirectory, "golden", name);
}
