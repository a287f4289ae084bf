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
    public void Frozen_normalisation_neither_learns_nor_follows_the_batch()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        net.FreezeNormalization();
        net.Train(true);
        var before = net.State().ToDictionary(static s => s.Name, static s => s.Value.Detach().ToArray<float>());
        Tensor x = Tensor.Zeros([2, 3, 8, 8]);
        x.Normal_(3, 2);
        Tensor y = net.Forward(x);
        y.Sum().Backward();
        Assert.All(net.Parameters(), static p => Assert.Equal(p.Name.Contains("bn1", StringComparison.Ordinal), p.Value.Grad is null));
        Assert.All(net.State(), s => Assert.Equal(before[s.Name], s.Value.Detach().ToArray<float>()));
        net.Train(false);
        Assert.True(y.ElementsEqual(net.Forward(x)));
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
            ["The weights do not fit TinyNet:", "shape bn1.weight [5], expected [4]", "missing head.bias [3]", "unexpected fc.weight [1]"],
            table.Split('\n').Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        Assert.Equal(before, net.State().First().Value.Detach().ToArray<float>());
    }

    [Fact]
    public void Names_that_differ_are_shown_with_the_nearest_of_the_same_shape()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        var source = net.State().ToDictionary(static s => s.Name.Replace("head.", "heads.", StringComparison.Ordinal), static s => s.Value.Detach());
        source["headxbias"] = Tensor.Zeros([7]); // nearer in letters, but of another shape
        var error = Assert.Throws<StateMismatchException>(() => net.LoadState(source));
        Assert.Equal(
            [("head.weight", "heads.weight"), ("head.bias", "heads.bias"), ("heads.bias", "head.bias"), ("heads.weight", "head.weight"), ("headxbias", "head.bias")],
            error.Differences.Select(static d => (d.Name, d.Nearest)));
        Assert.Contains("missing     head.weight   [3, 4, 1, 1]  nearest: heads.weight", error.Message, StringComparison.Ordinal);
        Assert.Equal([3], error.Differences[1].Expected!);
        Assert.Null(error.Differences[1].Found);
    }

    [Fact]
    public void Differences_are_passed_over_only_where_asked_for()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        var source = net.State().ToDictionary(static s => s.Name, static s => Tensor.Full(s.Value.Shape, 9));
        source["bn1.num_batches_tracked"] = Tensor.Zeros([], DType.Int64); // PyTorch's counter is never used
        Assert.Empty(net.LoadState(source));
        source.Remove("head.bias");
        Assert.Throws<StateMismatchException>(() => net.LoadState(source, StateGaps.Unexpected));
        Assert.Equal(["head.bias"], net.LoadState(source, StateGaps.Missing).Select(static d => d.Name));
        source["fc.weight"] = Tensor.Zeros([1]);
        Assert.Throws<StateMismatchException>(() => net.LoadState(source, StateGaps.Missing));
        Assert.Equal(["head.bias", "fc.weight"], net.LoadState(source, StateGaps.Missing | StateGaps.Unexpected).Select(static d => d.Name));
        source["bn1.weight"] = Tensor.Zeros([5]);
        Assert.Throws<StateMismatchException>(() => net.LoadState(source, StateGaps.Missing | StateGaps.Unexpected));
    }

    [Fact]
    public void A_file_of_very_many_names_is_reported_in_bounded_length()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        Tensor one = Tensor.Zeros([1]);
        var source = Enumerable.Range(0, 20_000).ToDictionary(static i => $"{new string('n', 100)}\u001b{i}", _ => one);
        string table = Assert.Throws<StateMismatchException>(() => net.LoadState(source)).Message;
        Assert.InRange(table.Length, 1000, 20_000);
        Assert.EndsWith("more", table, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table);
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
