namespace Rca.Torch.Tests;

/// <summary>On the machine that made the golden files the results are equal bit by bit; other processors run other kernels.</summary>
public class GoldenTrainingTests : SingleThread
{
    private const double Tolerance = 1e-6;

    [Fact]
    public void Gradients_are_those_of_Pythons_torch()
    {
        using var scope = new TensorScope();
        var golden = Safetensors.Read(Golden.PathOf("training.safetensors"));
        using var net = Start(golden);
        net.Loss(golden.Tensors["images"], golden.Tensors["labels"]).Backward();
        var expected = golden.Below("gradient.");
        Assert.Equal(expected.Keys.Order(), net.Parameters().Select(static p => p.Name).Order());
        foreach (var (name, value) in net.Parameters()) Golden.AssertClose(expected[name], value.Grad!, Tolerance, name);
    }

    [Theory]
    [InlineData("nesterov")]
    [InlineData("sgd")]
    [InlineData("adamw")]
    public void Five_steps_end_where_Pythons_torch_ends(string optimizer)
    {
        using var scope = new TensorScope();
        var golden = Safetensors.Read(Golden.PathOf("training.safetensors"));
        using var net = Start(golden);
        using var rule = Make(optimizer, net.Groups());
        var losses = new Tensor[5];
        for (int step = 0; step < losses.Length; step++)
        {
            losses[step] = net.Loss(golden.Tensors["images"], golden.Tensors["labels"]);
            losses[step].Backward();
            rule.Step(1);
        }
        Golden.AssertClose(golden.Tensors[$"{optimizer}.losses"], Tensor.Concatenate([.. losses.Select(static l => l.Detach().Unsqueeze(0))], 0), Tolerance, "loss");
        var expected = golden.Below(optimizer + ".");
        foreach (var (name, value) in net.State()) Golden.AssertClose(expected[name], value.Detach(), Tolerance, name);
    }

    [Theory]
    [InlineData("nesterov")]
    [InlineData("adamw")]
    public void A_run_that_stops_and_goes_on_ends_where_an_unbroken_one_ends(string optimizer)
    {
        using var scope = new TensorScope();
        var golden = Safetensors.Read(Golden.PathOf("training.safetensors"));
        using TinyNet unbroken = Start(golden), broken = Start(golden), resumed = new();
        using Optimizer rule = Make(optimizer, unbroken.Groups()), before = Make(optimizer, broken.Groups()), after = Make(optimizer, resumed.Groups());
        Train(golden, unbroken, rule, 4);
        Train(golden, broken, before, 2);
        resumed.LoadState(broken.State().ToDictionary());
        after.LoadState(before.State().ToDictionary());
        Train(golden, resumed, after, 2);
        foreach (var (expected, actual) in unbroken.State().Zip(resumed.State())) Golden.AssertClose(expected.Value, actual.Value, 0, actual.Name);
    }

    [Fact]
    public void Optimiser_state_of_another_shape_is_refused_and_changes_nothing()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        using var rule = new Sgd(net.Groups());
        var state = rule.State().ToDictionary(static s => s.Name, static s => Tensor.Full(s.Value.Shape, 1));
        string last = rule.State().Last().Name;
        state[last] = Tensor.Full([1], 1);
        Assert.Contains(last, Assert.Throws<StateMismatchException>(() => rule.LoadState(state)).Message, StringComparison.Ordinal);
        state.Remove(last);
        Assert.Contains(last, Assert.Throws<StateMismatchException>(() => rule.LoadState(state)).Message, StringComparison.Ordinal);
        Assert.All(rule.State(), static s => Assert.All(s.Value.ToArray<float>(), static x => Assert.Equal(0, x)));
    }

    [Fact]
    public void A_weight_without_a_gradient_is_left_alone()
    {
        using var scope = new TensorScope();
        using Tensor used = Tensor.Full([2], 1).WithGrad(), unused = Tensor.Full([2], 1).WithGrad();
        using var rule = new Sgd([new ParameterGroup([("used", used), ("unused", unused)], 0.1, 0.5)]);
        used.Sum().Backward();
        rule.Step(1);
        Assert.Equal([1, 1], unused.Detach().ToArray<float>());
        Assert.NotEqual(1, used.Detach().ToArray<float>()[0]);
        Assert.Null(used.Grad);
    }

    private static TinyNet Start(WeightFile golden)
    {
        var net = new TinyNet();
        net.LoadState(golden.Below("start."));
        return net;
    }

    private static Optimizer Make(string name, ParameterGroup[] groups) => name switch
    {
        "nesterov" => new Sgd(groups),
        "sgd" => new Sgd(groups, nesterov: false),
        _ => new AdamW(groups),
    };

    private static void Train(WeightFile golden, TinyNet net, Optimizer rule, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            net.Loss(golden.Tensors["images"], golden.Tensors["labels"]).Backward();
            rule.Step(1);
        }
    }
}
