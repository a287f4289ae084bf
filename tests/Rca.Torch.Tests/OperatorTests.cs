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
}
