namespace Rca.Torch.Tests;

public class GoldenOperatorTests
{
    private const double Tolerance = 1e-6;

    private static readonly Dictionary<string, Func<IReadOnlyDictionary<string, Tensor>, Tensor>> Cases = new()
    {
        ["conv.plain"] = g => g["x"].Conv2d(g["conv.weight"], null),
        ["conv.bias_stride"] = g => g["x"].Conv2d(g["conv.weight"], g["conv.bias"], stride: 2, padding: 1),
        ["conv.dilation"] = g => g["x"].Conv2d(g["conv.weight"], g["conv.bias"], padding: 2, dilation: 2),
        ["bn.eval"] = g => g["x"].BatchNorm(g["bn.weight"], g["bn.bias"], g["bn.mean"], g["bn.var"], false, 0.1, 1e-5),
        ["bn.train"] = g => g["x"].BatchNorm(g["bn.weight"], g["bn.bias"], g["bn.mean"], g["bn.var"], true, 0.1, 1e-5),
        ["bn.mean_after"] = g => AfterTraining(g).Mean,
        ["bn.var_after"] = g => AfterTraining(g).Var,
        ["pool"] = g => g["x"].MaxPool2d(3, 2, 1),
        ["resize.up"] = g => g["x"].ResizeBilinear(13, 20),
        ["resize.down"] = g => g["x"].ResizeBilinear(4, 3),
        ["softmax"] = g => g["x"].Softmax(1),
        ["logsumexp"] = g => (g["x"] * 40).LogSumExp(1),
        ["normalize"] = g => g["x"].Normalize(1),
        ["cross_entropy"] = g => g["x"].CrossEntropy(g["target"], 255),
        ["soft_margin"] = g => g["scores"].MultiLabelSoftMargin(g["tags"]),
        ["index_select"] = g => g["x"].IndexSelect(2, g["index"]),
        ["index_copy"] = IndexCopy,
        ["gather"] = g => g["x"].Gather(1, g["gather.index"]),
        ["argmax"] = g => g["x"].ArgMax(1),
        ["argmin"] = g => g["x"].ArgMin(1),
    };

    public static TheoryData<string> Names() => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operator_gives_what_Pythons_torch_gives(string name)
    {
        using var scope = new TensorScope();
        var golden = Golden.Read("operators.safetensors");
        Golden.AssertClose(golden[name], Cases[name](golden), Tolerance, name);
    }

    [Fact]
    public void Vectors_of_length_zero_normalise_to_zero()
    {
        using var scope = new TensorScope();
        Assert.All(Tensor.Zeros([2, 3]).Normalize(1).ToArray<float>(), static x => Assert.Equal(0, x));
    }

    [Fact]
    public void Tensors_are_compared_by_element_and_as_a_whole()
    {
        using var scope = new TensorScope();
        Tensor a = Tensor.From([1f, 5, 3], 3), b = Tensor.From([4f, 5, -6], 3);
        Assert.Equal([4, 5, 3], a.Maximum(b).ToArray<float>());
        Assert.Equal([false, true, false], a.EqualTo(b).ToArray<bool>());
        Assert.Equal([4, 5, 3], Tensor.Where(a.Greater(b), a, b).ToArray<float>());
        Assert.False(a.ElementsEqual(b));
        Assert.True(a.ElementsEqual(a.Clone()));
        Assert.False(a.ElementsEqual(Tensor.From([1f, 5], 2)));
        Assert.Equal([0, MathF.Log(2), 1000], Tensor.From([-1000f, 0, 1000], 3).Softplus().ToArray<float>());
    }

    private static (Tensor Mean, Tensor Var) AfterTraining(IReadOnlyDictionary<string, Tensor> g)
    {
        g["x"].BatchNorm(g["bn.weight"], g["bn.bias"], g["bn.mean"], g["bn.var"], true, 0.1, 1e-5);
        return (g["bn.mean"], g["bn.var"]);
    }

    private static Tensor IndexCopy(IReadOnlyDictionary<string, Tensor> g)
    {
        g["x"].IndexCopy_(2, g["index"].Narrow(0, 1, 3), g["index_select"].Narrow(2, 1, 3));
        return g["x"];
    }
}
