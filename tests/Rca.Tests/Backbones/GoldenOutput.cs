using Rca.Torch;

namespace Rca.Tests.Backbones;

/// <summary>A large result of a public network, of which a golden file keeps the shape, the norm, the mean of each channel and the first values.</summary>
internal static class GoldenOutput
{
    /// <summary>
    /// Dozens of convolutions in float32 on whatever kernels the processor has, with values that grow from layer to layer: the norm must agree
    /// within 1e-4, the means within 1e-3 of the largest, the first values within 1e-3 of the largest of them.
    /// </summary>
    public static void AssertEqual(string file, string output, Tensor actual)
    {
        using WeightFile golden = Safetensors.Read(Values.GoldenPath(file));
        float[] Stored(string what) => golden.Tensors[$"{output}.{what}"].ToArray<float>();

        Assert.Equal(Stored("shape"), actual.Shape.Select(static size => (float)size));
        double norm = Stored("norm")[0];
        float[] values = actual.ToArray<float>();
        Assert.Equal(norm, Math.Sqrt(values.Sum(static v => (double)v * v)), 1e-4 * norm);
        AssertClose(Stored("channel_mean"), actual.Mean([0, 2, 3]).ToArray<float>());
        AssertClose(Stored("first"), values[..256]);
    }

    private static void AssertClose(float[] expected, float[] actual) => Values.AssertClose(expected, actual, 1e-3 * expected.Max(Math.Abs));
}
