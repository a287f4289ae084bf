using System.Runtime.Intrinsics.X86;

namespace Rca.Torch.Tests;

/// <summary>Operators of our own: against libtorch, which double precision still goes to, and against differences. Without their library libtorch does it all.</summary>
public class KernelTests : SingleThread
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
        { 2, 3, 64, 9, 50, 1 }, // few channels; strips that are not full
        { 1, 4, 33, 26, 24, 2 },
        { 2, 1, 32, 5, 3, 3 }, // taps that always lie outside
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convolutions_and_their_gradients_are_libtorchs(int pictures, int inputs, int outputs, int height, int width, int dilation)
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(5);
        Tensor x = Draw(pictures, inputs, height, width), weight = Draw(outputs, inputs, 3, 3), bias = Draw(outputs), dy = Draw(pictures, outputs, height, width);
        foreach (bool relu in new[] { false, true })
        {
            Tensor[] found = Pass(x, weight, bias, dy, dilation, relu);
            // Whether a value near 0 passes is decided here, for both sides.
            Tensor passing = relu ? Double(found[0]).Greater(0).To(DType.Float64) : Tensor.Full([1], 1, DType.Float64);
            Tensor[] expected = Pass(Double(x), Double(weight), Double(bias), Double(dy) * passing, dilation);
            expected[0] *= passing;
            foreach (var (name, a, b) in new[] { "y", "dx", "dw", "db" }.Zip(found, expected))
                Assert.True(Norm(Double(a) - b) <= Tolerance * Norm(b), $"{name}, ReLU {relu}: {Norm(Double(a) - b) / Norm(b):E2}");
        }
    }

    [Fact]
    public void A_ReLU_behind_a_convolution_is_one_of_its_own()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(8);
        foreach (int inputs in new[] { 3, 8, 32 }) // directly, by libtorch, by fewer products
        {
            Tensor x = Draw(2, inputs, 10, 11), weight = Draw(32, inputs, 3, 3), bias = Draw(32), dy = Draw(2, 32, 10, 11);
            Tensor[] leaves = [x.Clone().WithGrad(), weight.Clone().WithGrad(), bias.Clone().WithGrad()];
            Tensor y = leaves[0].Conv2d(leaves[1], leaves[2], padding: 1).Relu_();
            (y * dy).Sum().Backward();
            Tensor[] found = Pass(x, weight, bias, dy, dilation: 1, relu: true);
            Assert.Equal(y.ToArray<float>(), found[0].ToArray<float>());
            foreach (var (a, b) in leaves.Zip(found.Skip(1))) Assert.Equal(a.Grad!.ToArray<float>(), b.ToArray<float>());
        }
    }

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        using var scope = new TensorScope();
        foreach (int inputs in new[] { 3, 32 })
            Assert.All(Tensor.Full([1, inputs, 8, 8], double.NaN).Conv2d(Draw(32, inputs, 3, 3), null, padding: 1, relu: true).ToArray<float>(), static value => Assert.True(float.IsNaN(value)));
        Assert.All(Tensor.Full([1, 2, 8, 8], double.NaN).MaxPool2d(3, 2, 1).ToArray<float>(), static value => Assert.True(float.IsNaN(value)));
        Tensor x = Tensor.From([1, float.NaN, 3, float.NegativeInfinity, 2, float.NegativeInfinity], 1, 1, 2, 3);
        Assert.Equal([float.NaN, 3], x.MaxPool2d(2, 2, ceil: true).ToArray<float>());
    }

    [Fact]
    public void Pictures_may_lie_apart()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(9);
        Tensor wide = Draw(2, 35, 12, 30), weight = Draw(32, 32, 3, 3), part = wide.Narrow(1, 2, 32).Narrow(3, 5, 20);
        Assert.Equal(part.Contiguous().Conv2d(weight, null, padding: 1).ToArray<float>(), part.Conv2d(weight, null, padding: 1).ToArray<float>());
        Assert.Equal(part.Contiguous().MaxPool2d(2, 2).ToArray<float>(), part.MaxPool2d(2, 2).ToArray<float>());
    }

    [Fact]
    public void A_result_that_the_gradient_needs_may_not_be_changed_in_place()
    {
        using var scope = new TensorScope();
        Tensor x = Draw(1, 32, 9, 9).WithGrad(), weight = Draw(32, 32, 3, 3), one = Tensor.Full([1], 1);
        Add(relu: false);
        Assert.NotNull(x.Grad);
        Assert.ThrowsAny<TorchException>(() => Add(relu: true));

        void Add(bool relu)
        {
            Tensor y = x.Conv2d(weight, null, padding: 1, relu: relu);
            y.Add_(one);
            y.Sum().Backward();
        }
    }

    /// <summary>Without this the rest would pass on libtorch's way alone. The last bits of sums tell the two apart.</summary>
    [Fact]
    public void Wide_layers_take_fewer_products()
    {
        Assert.SkipUnless(Avx2.IsSupported && Fma.IsSupported, "this processor takes libtorch's way");
        SkipWithoutKernels();
        using var scope = new TensorScope();
        TorchRuntime.Seed(11);
        Tensor x = Draw(1, 64, 16, 16), weight = Draw(64, 64, 3, 3);
        Assert.NotEqual(new Operator("aten::conv2d").Call(x, weight, (Tensor?)null, new long[] { 1, 1 }, new long[] { 1, 1 }, new long[] { 1, 1 }, 1).ToArray<float>(), x.Conv2d(weight, null, padding: 1).ToArray<float>());
    }

    [Fact]
    public void Mixed_precision_takes_libtorchs_way()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(14);
        Tensor x = Draw(1, 32, 8, 8), weight = Draw(32, 32, 3, 3);
        using var autocast = new Autocast(Device.Cpu, true);
        Assert.False(Kernels.Serve(x));
        Assert.Equal(DType.BFloat16, x.Conv2d(weight, null, padding: 1, relu: true).DType);
        Assert.Equal(x.Conv2d(weight, null, padding: 1).Relu().To(DType.Float32).ToArray<float>(), x.Conv2d(weight, null, padding: 1, relu: true).To(DType.Float32).ToArray<float>());
    }

    public static TheoryData<int, int, int, bool, int, int> Windows => new()
    {
        // size, stride, padding, ceil, height, width
        { 2, 2, 0, true, 8, 8 },
        { 2, 2, 0, true, 17, 23 },
        { 2, 2, 0, false, 17, 23 },
        { 3, 1, 1, false, 9, 40 },
        { 3, 2, 1, true, 20, 13 },
        { 3, 2, 1, false, 21, 14 },
        { 5, 2, 2, true, 5, 6 },
        { 2, 1, 1, false, 2, 2 },
        { 3, 3, 0, false, 9, 9 }, // left to libtorch
        { 3, 1, 1, false, 2, 2 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void Pooling_and_its_gradient_are_libtorchs(int size, int stride, int padding, bool ceil, int height, int width)
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(12);
        var random = new Random(12);
        float[] few = [.. Enumerable.Range(0, 10 * height * width).Select(_ => (float)random.Next(4))]; // with equal values, of which the first counts
        Tensor x = Tensor.From(few, 2, 5, height, width);
        Tensor[] found = Pass(x), expected = Pass(Double(x));
        foreach (var (a, b) in found.Zip(expected)) Assert.Equal(b.ToArray<double>(), Double(a).ToArray<double>());

        Tensor[] Pass(Tensor values)
        {
            Tensor leaf = values.Clone().WithGrad(), y = leaf.MaxPool2d(size, stride, padding, ceil);
            (y * Tensor.Arange(y.Count).To(values.DType).Reshape(y.Shape)).Sum().Backward();
            return [y.Detach(), leaf.Grad!];
        }
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
        SkipWithoutKernels(); // libtorch does not promise it
        using var scope = new TensorScope();
        Tensor[] one = All();
        TorchRuntime.Initialize(threads: 3);
        foreach (var (a, b) in one.Zip(All())) Assert.Equal(a.ToArray<float>(), b.ToArray<float>());

        static Tensor[] All()
        {
            TorchRuntime.Seed(7);
            Tensor x = Draw(2, 64, 33, 21), wide = Draw(1, 64, 150, 150), picture = Draw(2, 3, 40, 31), pooled = Draw(2, 64, 33, 21).WithGrad();
            Tensor maps = pooled.MaxPool2d(3, 2, 1, ceil: true);
            (maps * maps).Sum().Backward();
            return
            [
                .. Pass(x, Draw(48, 64, 3, 3), Draw(48), Draw(2, 48, 33, 21), dilation: 2, relu: true).SkipLast(1), // libtorch's sum makes the bias's gradient
                .. Pass(wide, Draw(32, 64, 3, 3), Draw(32), Draw(1, 32, 150, 150), dilation: 1).SkipLast(1), // several blocks
                picture.Conv2d(Draw(32, 3, 3, 3), null, padding: 1), maps.Detach(), pooled.Grad!,
            ];
        }
    }

    [Fact]
    public void No_gradient_is_made_that_nobody_asked_for()
    {
        using var scope = new TensorScope();
        foreach (int inputs in new[] { 3, 32 })
        {
            Tensor x = Draw(1, inputs, 8, 8), weight = Draw(32, inputs, 3, 3).WithGrad(), frozen = Draw(32, inputs, 3, 3), bias = Draw(32).WithGrad();
            x.Conv2d(weight, Draw(32), padding: 1).Sum().Backward();
            Assert.Null(x.Grad);
            Assert.NotNull(weight.Grad);
            x.Conv2d(frozen, bias, padding: 1, relu: true).Sum().Backward();
            Assert.Null(frozen.Grad);
            Assert.NotNull(bias.Grad);
        }
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

    private static void SkipWithoutKernels() => Assert.SkipWhen(Kernels.Load() is not null, Kernels.Load() ?? "");

    /// <summary>Result and gradients of x, weight and bias.</summary>
    private static Tensor[] Pass(Tensor x, Tensor weight, Tensor bias, Tensor dy, int dilation, bool relu = false)
    {
        Tensor[] leaves = [x.Clone().WithGrad(), weight.Clone().WithGrad(), bias.Clone().WithGrad()];
        Tensor y = leaves[0].Conv2d(leaves[1], leaves[2], padding: dilation, dilation: dilation, relu: relu);
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
