namespace Rca.Torch.Tests;

/// <summary>Training steps and inference of a network whose layers our own operators take, where they are there.</summary>
public class KernelStepTests : SingleThread
{
    [Fact]
    public void Steps_and_what_the_network_sees_after_them_are_those_of_double_precision()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(13);
        Tensor x = Draw(1, 2, 3, 41, 36), tags = Tensor.From([.. Enumerable.Range(0, 64).Select(static i => i % 3 == 0 ? 1f : 0)], 2, 32);
        Tensor[] weights = [Draw(0.3, 32, 3, 3, 3), Draw(0.1, 32), Draw(0.08, 48, 32, 3, 3), Draw(0.1, 48), Draw(0.07, 32, 48, 3, 3), Draw(0.1, 32)];
        double[] expected = Run(DType.Float64), found = Run(DType.Float32);
        Assert.All(expected.Zip(found), static pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
        Assert.True(expected[2] < 0.98 * expected[0], $"the steps move too little: {expected[0]} to {expected[2]}");

        // Three losses, then the scores (2, 32).
        double[] Run(DType type)
        {
            Tensor[] w = [.. weights.Select(weight => weight.Clone().To(type).WithGrad())];
            using var rule = new Sgd([new ParameterGroup([.. w.Select(static (weight, i) => ($"{i}", weight))], 0.5, 0)]);
            var results = new List<double>();
            for (int step = 0; step < 3; step++)
            {
                Tensor loss = Scores(w, x.To(type)).MultiLabelSoftMargin(tags.To(type));
                loss.Backward();
                rule.Step(1);
                results.AddRange(loss.Detach().To(DType.Float64).ToArray<double>());
            }
            using var noGrad = new NoGrad();
            return [.. results, .. Scores(w, x.To(type)).To(DType.Float64).ToArray<double>()];
        }
    }

    /// <summary>(B, 3, H, W) → (B, 32): layers with few channels, with many and dilated ones, and both kinds of pooling.</summary>
    private static Tensor Scores(Tensor[] w, Tensor x) => x
        .Conv2d(w[0], w[1], padding: 1, relu: true).MaxPool2d(3, 2, 1, ceil: true)
        .Conv2d(w[2], w[3], padding: 2, dilation: 2, relu: true).MaxPool2d(2, 2)
        .Conv2d(w[4], w[5], padding: 1).Mean([2, 3]);

    private static Tensor Draw(double deviation, params long[] shape)
    {
        Tensor values = Tensor.Zeros(shape);
        values.Normal_(0, deviation);
        return values;
    }
}
