namespace Rca.Torch.Tests;

public class ReadbackTests : SingleThread
{
    [Fact]
    public void Elements_come_in_row_major_order_and_as_they_were()
    {
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        using var readback = new Readback<float>(x.Transpose(0, 1));
        x.Fill_(0);
        Assert.Equal([1, 4, 2, 5, 3, 6], readback.Take());
        Assert.Equal([1, 4, 2, 5, 3, 6], readback.Take());
    }

    [Fact]
    public void Empty_tensors_have_no_elements()
    {
        using var readback = new Readback<long>(Tensor.Zeros([0, 3], DType.Int64));
        Assert.Empty(readback.Take());
    }

    [Fact]
    public void Another_type_and_a_disposed_one_are_errors()
    {
        Tensor x = Tensor.Zeros([2]);
        Assert.Throws<TorchException>(() => new Readback<long>(x));
        var readback = new Readback<float>(x);
        readback.Dispose();
        readback.Dispose();
        Assert.Throws<ObjectDisposedException>(readback.Take);
    }
}
