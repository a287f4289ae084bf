namespace Rca.Torch.Tests;

public class GradientTests : SingleThread
{
    /// <summary>Central differences in double precision of a loss that goes through most operators.</summary>
    [Fact]
    public void Gradients_agree_with_finite_differences()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(3);
        Tensor weight = Draw(4, 3, 3, 3), x = Draw(2, 3, 6, 5);
        Loss(x.WithGrad(), weight.WithGrad()).Backward();
        foreach (Tensor input in (Tensor[])[x, weight])
        {
            double[] gradient = input.Grad!.ToArray<double>(), values = input.Detach().ToArray<double>();
            for (int i = 0; i < values.Length; i += 3)
            {
                const double h = 1e-5;
                double slope = (At(values[i] + h) - At(values[i] - h)) / (2 * h);
                Assert.Equal(slope, gradient[i], 1e-7 * Math.Max(1, Math.Abs(slope)));

                double At(double value)
                {
                    using var inner = new TensorScope();
                    using var noGrad = new NoGrad();
                    Tensor moved = Tensor.From([.. values[..i], value, .. values[(i + 1)..]], input.Shape);
                    return (input == x ? Loss(moved, weight) : Loss(x, moved)).ToArray<double>()[0];
                }
            }
        }
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Full([3], 2).WithGrad();
        (x * 3.0).Sum().Backward();
        (x * 4.0).Sum().Backward();
        Assert.Equal([7, 7, 7], x.Grad!.ToArray<float>());
        x.Grad = null;
        Assert.Null(x.Grad);
    }

    [Fact]
    public void Backward_without_a_graph_or_from_many_numbers_is_a_typed_error()
    {
        using var scope = new TensorScope();
        Assert.Throws<TorchException>(() => Tensor.Full([], 2).Backward());
        Assert.Throws<TorchException>(() => (Tensor.Full([3], 2).WithGrad() * 2.0).Backward());
    }

    private static Tensor Draw(params long[] shape)
    {
        Tensor values = Tensor.Zeros(shape, DType.Float64);
        values.Normal_(0, 1);
        return values;
    }

    private static Tensor Loss(Tensor x, Tensor weight)
    {
        Tensor maps = x.Conv2d(weight, null, padding: 2, dilation: 2).Sigmoid();               // (2, 4, 6, 5)
        Tensor features = maps.ResizeBilinear(4, 4).Flatten(2).Normalize(1);                   // (2, 4, 16)
        Tensor affinity = features.Transpose(1, 2).Matmul(features) * 5.0;                     // (2, 16, 16)
        Tensor contrast = affinity.LogSumExp(2).Mean() - affinity.Softmax(1).Max([1]).ClampMin(1e-9).Log().Mean();
        Tensor picked = features.IndexSelect(2, Tensor.From([1L, 1L, 7L], 3)).Sum(1, 2).Exp(); // (2)
        return contrast + (picked / (1.0 - maps.Mean([1, 2, 3]) * 0.5)).Sqrt().Sum();
    }
}
