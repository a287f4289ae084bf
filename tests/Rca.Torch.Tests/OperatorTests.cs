using System.Reflection;

namespace Rca.Torch.Tests;

public class OperatorTests
{
    public static TheoryData<string> AllOperators() =>
        [.. typeof(Operators).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => field.Name)];

    [Theory]
    [MemberData(nameof(AllOperators))]
    public void Every_operator_exists_in_this_libtorch(string name)
    {
        var op = (Operator)typeof(Operators).GetField(name)!.GetValue(null)!;
        Assert.StartsWith(op.Name + "(", op.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_operator_breaks_only_its_caller()
    {
        var op = new Operator("aten::does_not_exist");
        var error = Assert.Throws<OperatorException>(() => op.Run());
        Assert.Contains("aten::does_not_exist", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_call_names_the_operator_and_the_reason()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<OperatorException>(() => Tensor.Zeros([2, 3]).Matmul(Tensor.Zeros([2, 3])));
        Assert.Contains("aten::matmul", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_are_edited_where_they_are()
    {
        using var scope = new TensorScope();
        Tensor rows = Tensor.Empty([2, 3, 1, 2]), pixels = Tensor.Empty([2, 3, 1, 2], channelsLast: true);
        foreach (Tensor tensor in (Tensor[])[rows, pixels])
            tensor.Edit<float>(static memory => { for (int i = 0; i < memory.Length; i++) memory[i] = i; });
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], rows.ToArray<float>());
        Assert.Equal([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11], pixels.ToArray<float>());
        Assert.Contains("Float32", Assert.Throws<TorchException>(() => rows.Edit<long>(static _ => { })).Message, StringComparison.Ordinal);
        Assert.Throws<TorchException>(() => rows.Narrow(3, 0, 1).Edit<float>(static _ => { }));
    }

    [Fact]
    public void Moving_to_the_same_device_copies_nothing()
    {
        using var scope = new TensorScope();
        Tensor tensor = Tensor.Zeros([2]);
        tensor.To(Device.Cpu).Fill_(7);
        Assert.Equal([7, 7], tensor.ToArray<float>());
    }
}
