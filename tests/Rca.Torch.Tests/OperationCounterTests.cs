namespace Rca.Torch.Tests;

public sealed class OperationCounterTests : SingleThread
{
    [Fact]
    public void Convolutions_and_products_are_counted_with_what_their_backward_pass_needs()
    {
        using var scope = new TensorScope();
        using var conv = new Conv2d(3, 16, kernel: 3, stride: 2);
        using var norm = new BatchNorm2d(16);
        using var next = new Conv2d(16, 8, kernel: 1);
        Tensor x = Tensor.Zeros([2, 3, 8, 8]);
        using var counter = new OperationCounter();
        next.Forward(norm.Forward(conv.Forward(x)).Relu_());
        // (2, 16, 4, 4) positions of 3·3·3 products, then (2, 8, 4, 4) of 16.
        Assert.Equal(2 * 16 * 16 * 27 + 2 * 8 * 16 * 16, counter.MultiplyAdds);
        // The picture, the convolution's result for the normalisation, and the ReLU's, which the next convolution takes, once.
        Assert.Equal(sizeof(float) * (2 * 3 * 64 + 2 * (2 * 16 * 16)), counter.ActivationBytes);

        using (var fused = new OperationCounter())
        using (var rectified = new Conv2d(3, 16, kernel: 3, relu: true))
        {
            rectified.Forward(x);
            Assert.Equal(sizeof(float) * (2 * 3 * 64 + 2 * 16 * 64), fused.ActivationBytes); // the picture, and what the ReLU left
        }

        using (var inner = new OperationCounter())
        {
            Tensor.Zeros([5, 7]).Matmul(Tensor.Zeros([7, 3]));
            Assert.Equal(5 * 7 * 3, inner.MultiplyAdds);
        }
        Assert.Equal(2 * 16 * 16 * 27 + 2 * 8 * 16 * 16, counter.MultiplyAdds);
    }
}
