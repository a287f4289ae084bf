namespace Rca.Torch.Tests;

/// <summary>Results of Python's torch, written by golden/make_golden.py.</summary>
internal static class Golden
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "golden", name);

    public static IReadOnlyDictionary<string, Tensor> Read(string name) => Safetensors.Read(PathOf(name)).Tensors;

    /// <summary>Shape, element type and every element agree within <paramref name="tolerance"/>, relative above one.</summary>
    public static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Assert.Equal(expected.DType, actual.DType);
        double[] e = expected.To(DType.Float64).ToArray<double>(), a = actual.To(DType.Float64).ToArray<double>();
        for (int i = 0; i < e.Length; i++)
            Assert.True(Math.Abs(e[i] - a[i]) <= tolerance * Math.Max(1, Math.Abs(e[i])), $"{what}[{i}] is {a[i]:R}, expected {e[i]:R}");
    }
}
