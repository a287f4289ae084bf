namespace Rca.Torch.Tests;

public class LiveHandleTests : SingleThread
{
    [Fact]
    public void Training_leaves_no_handles_behind()
    {
        long before = Handles.Live();
        using (var scope = new TensorScope())
        {
            using var net = new TinyNet();
            using var rule = new Sgd(net.Groups());
            Tensor images = Tensor.Full([2, 3, 8, 8], 0.5), labels = Tensor.Zeros([2, 4, 4], DType.Int64);
            long atFirst = 0;
            for (int i = 0; i < 2000; i++)
            {
                using var step = new TensorScope();
                Tensor loss = net.Loss(images, labels);
                loss.Backward();
                rule.Step(1);
                if (i == 0) atFirst = Tensor.LiveHandles;
                Assert.Equal(atFirst, Tensor.LiveHandles);
            }
        }
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void Failing_steps_leave_no_handles_behind()
    {
        using var net = new TinyNet();
        using var rule = new AdamW(net.Groups());
        long before = Handles.Live();
        for (int i = 0; i < 20; i++)
            Assert.Throws<OperatorException>(() =>
            {
                using var step = new TensorScope();
                Tensor images = Tensor.Full([2, 3, 8, 8], 0.5);
                net.Loss(images, Tensor.Zeros([2, 4, 4], DType.Int64)).Backward();
                rule.Step(1);
                net.Loss(images, Tensor.Zeros([2, 5, 5], DType.Int64));
            });
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void Making_moving_and_loading_a_network_leaves_only_its_weights()
    {
        long before = Handles.Live();
        using (var net = new TinyNet())
        {
            Assert.Equal(before + net.State().Count(), Tensor.LiveHandles);
            net.To(Device.Cpu, channelsLast: true);
            Assert.Equal(before + net.State().Count(), Tensor.LiveHandles);
            using var rule = new AdamW(net.Groups());
            Assert.Equal(before + net.State().Count() + rule.State().Count(), Tensor.LiveHandles);
        }
        Assert.Equal(before, Tensor.LiveHandles);
    }
}
