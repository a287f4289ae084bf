namespace Rca.Torch.Tests;

/// <summary>Gradient recording and mixed precision restore the state that they found.</summary>
public class ModeTests
{
    private static bool Recording
    {
        get
        {
            using var scope = new TensorScope();
            return (Tensor.Zeros([1]).WithGrad() * 2.0).RequiresGrad;
        }
    }

    private static DType ConvolutionType
    {
        get
        {
            using var scope = new TensorScope();
            return Tensor.Zeros([1, 1, 4, 4]).Conv2d(Tensor.Zeros([1, 1, 3, 3]), null).DType;
        }
    }

    [Fact]
    public void NoGrad_nests_and_survives_exceptions()
    {
        Assert.True(Recording);
        Assert.False(NoGrad.Active);
        using (new NoGrad())
        {
            Assert.False(Recording);
            Assert.True(NoGrad.Active);
            using (new NoGrad()) Assert.False(Recording);
            Assert.False(Recording);
            Assert.Throws<OperatorException>(static () =>
            {
                using var inner = new NoGrad();
                Fail();
            });
            Assert.False(Recording);
        }
        Assert.True(Recording);
    }

    [Fact]
    public void NoGrad_is_the_threads_own()
    {
        using var noGrad = new NoGrad();
        bool other = false, active = true;
        var thread = new Thread(() => (other, active) = (Recording, NoGrad.Active));
        thread.Start();
        thread.Join();
        Assert.True(other);
        Assert.False(active);
        Assert.True(NoGrad.Active);
    }

    [Fact]
    public void Autocast_nests_and_survives_exceptions()
    {
        Assert.Equal(DType.Float32, ConvolutionType);
        using (new Autocast(Device.Cpu, true))
        {
            Assert.Equal(DType.BFloat16, ConvolutionType);
            using (new Autocast(Device.Cpu, true)) Assert.Equal(DType.BFloat16, ConvolutionType);
            Assert.Equal(DType.BFloat16, ConvolutionType);
            Assert.Throws<OperatorException>(static () =>
            {
                using var inner = new Autocast(Device.Cpu, true);
                Fail();
            });
            Assert.Equal(DType.BFloat16, ConvolutionType);
        }
        Assert.Equal(DType.Float32, ConvolutionType);
        using (new Autocast(Device.Cpu, false)) Assert.Equal(DType.Float32, ConvolutionType);
    }

    [Fact]
    public void Losses_stay_in_single_precision_and_gradients_are_those_of_the_weights()
    {
        using var scope = new TensorScope();
        using var net = new TinyNet();
        Tensor images = Tensor.Full([2, 3, 8, 8], 0.5), labels = Tensor.Zeros([2, 4, 4], DType.Int64);
        Tensor scores, loss, margin;
        using (new Autocast(Device.Cpu, true))
        {
            scores = net.Forward(images);
            loss = scores.CrossEntropy(labels, 255);
            margin = scores.Mean([2, 3]).MultiLabelSoftMargin(Tensor.Full([2, 3], 1));
        }
        Assert.Equal(DType.BFloat16, scores.DType);
        Assert.Equal(DType.Float32, loss.DType);
        Assert.Equal(DType.Float32, margin.DType);
        (loss + margin).Backward();
        Assert.All(net.Parameters(), static p => Assert.Equal(DType.Float32, p.Value.Grad!.DType));
    }

    /// <summary>Within one block libtorch keeps bfloat16 copies of the weights; the next block must see what the optimiser did.</summary>
    [Fact]
    public void Autocast_sees_changed_weights_in_the_next_block()
    {
        using var scope = new TensorScope();
        Tensor weight = Tensor.Full([1, 1, 1, 1], 1).WithGrad(), x = Tensor.Full([1, 1, 1, 1], 1);
        Assert.Equal(1, Run());
        using (new NoGrad()) weight.Fill_(2);
        Assert.Equal(2, Run());

        float Run()
        {
            using var autocast = new Autocast(Device.Cpu, true);
            return x.Conv2d(weight, null).Detach().Item();
        }
    }

    private static void Fail()
    {
        using var scope = new TensorScope();
        Tensor.Zeros([2, 3]).Matmul(Tensor.Zeros([2, 3]));
    }
}
