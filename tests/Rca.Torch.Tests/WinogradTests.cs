namespace Rca.Torch.Tests;

/// <summary>Convolutions that take fewer products: against the direct way, which double precision still goes, and against differences.</summary>
public class WinogradTests : SingleThread
{
    /// <summary>Largest deviation, as a share of the norm.</summary>
    private const double Tolerance = 1e-5;

    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        // pictures, inputs, outputs, height, width, dilation
        { 1, 32, 32, 8, 8, 1 },
        { 2, 32, 48, 17, 23, 1 }, // tiles that reach over the edges
        { 1, 40, 33, 19, 16, 1 }, // panels that are not full
        { 3, 64, 32, 16, 16, 2 },
        { 2, 32, 32, 30, 13, 4 }, // grids of different sizes
        { 1, 256, 64, 160, 160, 1 }, // several blocks
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Results_and_gradients_are_those_of_the_direct_way(int pictures, int inputs, int outputs, int height, int width, int dilation)
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(5);
        Tensor x = Draw(pictures, inputs, height, width), weight = Draw(outputs, inputs, 3, 3), bias = Draw(outputs), dy = Draw(pictures, outputs, height, width);
        Tensor[] found = Pass(x, weight, bias, dy, dilation), expected = Pass(Double(x), Double(weight), Double(bias), Double(dy), dilation);
        foreach (var (name, a, b) in new[] { "y", "dx", "dw", "db" }.Zip(found, expected))
            Assert.True(Norm(Double(a) - b) <= Tolerance * Norm(b), $"{name}: {Norm(Double(a) - b) / Norm(b):E2}");
    }

    [Fact]
    public void Gradients_agree_with_differences()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(6);
        Tensor x = Draw(2, 32, 12, 9), weight = Draw(32, 32, 3, 3), dy = Draw(2, 32, 12, 9), dx = Draw(2, 32, 12, 9), dw = Draw(32, 32, 3, 3);
        Tensor[] pass = Pass(x, weight, Draw(32), dy, 1);
        using var noGrad = new NoGrad();
        // The loss Σ y·dy is linear in either: its central difference is its slope, however long the step.
        Near((Loss(x + dx, weight) - Loss(x - dx, weight)) / 2, Product(pass[1], dx));
        Near((Loss(x, weight + dw) - Loss(x, weight - dw)) / 2, Product(pass[2], dw));

        double Loss(Tensor pictures, Tensor weights) => Product(pictures.Conv2d(weights, null, padding: 1), dy);
        static void Near(double expected, double found) => Assert.Equal(expected, found, 1e-3 * Math.Abs(expected));
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(7);
        Tensor x = Draw(2, 64, 33, 21), weight = Draw(48, 64, 3, 3), bias = Draw(48), dy = Draw(2, 48, 33, 21);
        Tensor[] one = Pass(x, weight, bias, dy, 2);
        TorchRuntime.Initialize(threads: 3);
        foreach (var (a, b) in one.Zip(Pass(x, weight, bias, dy, 2)).SkipLast(1)) Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
    }

    [Fact]
    public void No_gradient_is_made_that_nobody_asked_for()
    {
        using var scope = new TensorScope();
        Tensor x = Draw(1, 32, 8, 8), weight = Draw(32, 32, 3, 3);
        x.Conv2d(weight.WithGrad(), null, padding: 1).Sum().Backward();
        Assert.Null(x.Grad);
        Assert.NotNull(weight.Grad);
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_libtorch()
    {
        using var scope = new TensorScope();
        Tensor x = Draw(1, 32, 8, 8), weight = Draw(32, 32, 3, 3);
        Assert.Throws<OperatorException>(() => x.Conv2d(weight, Draw(31), padding: 1)); // a bias that is too short
        Assert.Throws<OperatorException>(() => x.Conv2d(weight, null, padding: 0, dilation: 0));
        Assert.Throws<OperatorException>(() => Draw(1, 33, 8, 8).Conv2d(weight, null, padding: 1));
        Assert.Throws<OperatorException>(() => x.Conv2d(Double(weight), null, padding: 1));
    }

    /// <summary>Result and gradients of x, weight and bias.</summary>
    private static Tensor[] Pass(Tensor x, Tensor weight, Tensor bias, Tensor dy, int dilation)
    {
        Tensor[] leaves = [x.Clone().WithGrad(), weight.Clone().WithGrad(), bias.Clone().WithGrad()];
        Tensor y = leaves[0].Conv2d(leaves[1], leaves[2], padding: dilation, dilation: dilation);
        (y * dy).Sum().Backward();
        return [y.Detach(), .. leaves.Select(static leaf => leaf.Grad!)];
    }

    private static Tensor Draw(params long[] shape)
    {
        Tensor values = Tensor.Zeros(shape);
        values.Normal_(0, 1);
        return values;
    }

    private static Tensor Double(Tensor tensor) => tensor.To(DType.Float64);

    private static double Product(Tensor a, Tensor b) => (Double(a) * Double(b)).Sum().Item();

    private static double Norm(Tensor tensor) => Math.Sqrt(Product(tensor, tensor));
}
