namespace Rca.Torch.Tests;

public class ModuleTests
{
    private static readonly string[] StateNames =
    [
        "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var",
        "layer1.0.conv1.weight", "layer1.0.bn1.weight", "layer1.0.bn1.bias", "layer1.0.bn1.running_mean", "layer1.0.bn1.running_var",
        "head.weight", "head.bias",
    ];

    [Fact]
    public void Names_are_PyTorchs()
    {
        using var net = new TinyNet();
        Assert.Equal(StateNames, net.State().Select(static s => s.Name));
        Assert.Equal(StateNames.Where(static name => !name.Contains("running", StringComparison.Ordinal)), net.Parameters().Select(static p => p.Name));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_listed_and_change_nothing()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        float[] before = net.State().First().Value.Detach().ToArray<float>();
        var source = net.State().ToDictionary(static s => s.Name, static s => Tensor.Full(s.Value.Shape, 9));
        source.Remove("head.bias");
        source["bn1.weight"] = Tensor.Zeros([5]);
        source["fc.weight"] = Tensor.Zeros([1]);
        string table = Assert.Throws<StateMismatchException>(() => net.LoadState(source)).Message;
        Assert.Equal(
            ["The weights do not fit TinyNet:", "shape bn1.weight: found [5], expected [4]", "missing head.bias [3]", "unexpected fc.weight"],
            table.Split('\n').Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal(before, net.State().First().Value.Detach().ToArray<float>());
    }

    [Fact]
    public void Loading_copies_and_keeps_learning()
    {
        using var scope = new TensorScope();
        using TinyNet from = new(), to = new();
        to.LoadState(from.State().ToDictionary());
        from.State().First().Value.Detach().Fill_(9);
        Assert.DoesNotContain(9f, to.State().First().Value.Detach().ToArray<float>());
        Assert.All(to.Parameters(), static p => Assert.True(p.Value.RequiresGrad));
    }

    [Fact]
    public void Evaluation_leaves_running_statistics_alone_in_every_part()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        Tensor x = Tensor.Full([2, 3, 8, 8], 0.5);
        net.Train(false);
        net.Forward(x);
        Assert.All(Means(), static mean => Assert.Equal(0, mean));
        net.Train(true);
        net.Forward(x);
        Assert.Contains(Means(), static mean => mean != 0);

        IEnumerable<float> Means() => net.State().Where(static s => s.Name.EndsWith("running_mean", StringComparison.Ordinal)).SelectMany(static s => s.Value.ToArray<float>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Moving_keeps_values_and_gradient_flags_and_optimisers_work_afterwards(bool channelsLast)
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        var flags = net.State().Select(static s => s.Value.RequiresGrad).ToList();
        var values = net.State().Select(static s => s.Value.Detach().ToArray<float>()).ToList();
        net.To(Device.Cpu, channelsLast);
        Assert.Equal(flags, net.State().Select(static s => s.Value.RequiresGrad));
        Assert.Equal(values, net.State().Select(static s => s.Value.Detach().ToArray<float>()));
        using var rule = new Sgd(net.Groups());
        net.Loss(Tensor.Full([2, 3, 8, 8], 0.5), Tensor.Zeros([2, 4, 4], DType.Int64)).Backward();
        Assert.All(net.Parameters(), static p => Assert.NotNull(p.Value.Grad));
        rule.Step(1);
        Assert.NotEqual(values[^1], net.State().Last().Value.Detach().ToArray<float>());
    }

    [Fact]
    public void The_same_seed_draws_the_same_weights()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(7);
        using var first = new TinyNet();
        TorchRuntime.Seed(7);
        using var second = new TinyNet();
        using var third = new TinyNet();
        Assert.Equal(First(first), First(second));
        Assert.NotEqual(First(second), First(third));

        static float[] First(Module net) => net.State().First().Value.Detach().ToArray<float>();
    }
}
