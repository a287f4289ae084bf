using Rca.Backbones;
using Rca.Torch;

namespace Rca.Tests.Backbones;

public sealed class BackboneTests : SingleThread
{
    public static TheoryData<string, int> NamesAndStrides() =>
        [.. from backbone in Backbone.All where backbone.PictureMultiple == 1 from stride in backbone.OutputStrides select new TheoryDataRow<string, int>(backbone.Name, stride)];

    [Theory]
    [MemberData(nameof(NamesAndStrides))]
    public void TheGridCoversThePicture(string name, int stride)
    {
        using var noGrad = new NoGrad();
        using var net = Backbone.Create(name, 0.125, stride);
        net.Train(false);
        foreach (var (height, width) in new[] { (64, 64), (80, 17), (95, 1), (161, 33) })
        {
            long[] shape = net.Forward(Tensor.Zeros([1, 3, height, width])).Shape;
            Assert.Equal([1, net.Channels], shape[..2]);
            // Caffe's pooling keeps a last window that hangs over the border.
            int most = name.EndsWith("caffe", StringComparison.Ordinal) ? 1 : 0;
            Assert.InRange(shape[2], Grid(height, stride), Grid(height, stride) + most);
            Assert.InRange(shape[3], Grid(width, stride), Grid(width, stride) + most);
        }

        static long Grid(int size, int stride) => (size + stride - 1) / stride;
    }

    [Theory]
    [InlineData("resnet18-cntk", 2)]
    [InlineData("resnet50", 1)]
    [InlineData("vgg16", 3)]
    [InlineData("resnet38", 1)]
    public void FrozenStagesAreTheFirstAndLearnNothing(string name, int count)
    {
        using var net = Backbone.Create(name, 0.125);
        net.FreezeStages(count);
        IReadOnlyList<Tensor> stages = net.ForwardStages(Tensor.Full([1, 3, 32, 32], 1));
        Assert.Equal([.. Enumerable.Range(0, stages.Count).Select(stage => stage >= count)], stages.Select(static stage => stage.RequiresGrad));
        stages[^1].Sum().Backward();
        bool[] learns = [.. net.Parameters().Select(static item => item.Value.RequiresGrad)];
        Assert.Equal(learns.Order(), learns);
        foreach (var (_, value) in net.Parameters())
        {
            using Tensor? grad = value.Grad;
            Assert.Equal(value.RequiresGrad, grad is not null);
        }
        Assert.Contains("has", Assert.Throws<RcaException>(() => net.FreezeStages(9)).Message);
    }

    /// <summary>Without a gradient nothing but the features stays; with one, the handles go and the graph keeps what it needs.</summary>
    [Theory]
    [InlineData("resnet101")]
    [InlineData("vgg16")]
    [InlineData("resnet38")]
    public void NoLayerLeavesAHandle(string name)
    {
        using var net = Backbone.Create(name, 0.125);
        Tensor x = Tensor.Zeros([1, 3, 32, 32]);
        long start = LiveHandles();
        Tensor features = net.Forward(x);
        Assert.Equal(1, Tensor.LiveHandles - start);
        features.Sum().Backward();
        Assert.All(net.Parameters(), static item =>
        {
            using Tensor? grad = item.Value.Grad;
            Assert.NotNull(grad);
        });
    }

    [Fact]
    public void DropoutDropsWholeChannelsInTrainingAlone()
    {
        TorchRuntime.Seed(1);
        using var net = Backbone.Create("resnet38", 0.125);
        Tensor x = Values.Normal(1, 2, 3, 32, 32);
        bool[] dropped = [.. net.Forward(x).Max([2, 3]).ToArray<float>().Select(static highest => highest == 0)];
        Assert.InRange(dropped.Count(static zero => zero), 0.4 * dropped.Length, 0.6 * dropped.Length);
        net.Train(false);
        float[] once = net.Forward(x).ToArray<float>();
        Assert.Equal(once, net.Forward(x).ToArray<float>());
    }

    [Fact]
    public void AnUnknownNameIsRefusedWithTheKnownOnes()
    {
        var e = Assert.Throws<RcaException>(() => Backbone.Create("resnet19", 1));
        Assert.Contains("resnet19", e.Message);
        Assert.Contains("resnet18", e.Message);
    }
}
