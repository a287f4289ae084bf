using Rca.Backbones;
using Rca.Computing;
using Rca.Torch;

namespace Rca.Tests.Computing;

public sealed class ComputeTests : SingleThread
{
    [Theory]
    [InlineData(false, false, "vgg16", false)]
    [InlineData(true, false, "vgg16", true)]
    [InlineData(true, true, "vgg16", false)]
    [InlineData(false, false, "resnet18", false)]
    [InlineData(true, false, "resnet18", true)]
    [InlineData(true, true, "resnet18", true)]
    public void Bfloat16_is_taken_where_it_is_faster(bool fast, bool halved, string backbone, bool expected) =>
        Assert.Equal(expected, Compute.PrefersBFloat16(fast, halved, Backbone.Describe(backbone).SavesProducts));

    [Theory]
    [InlineData(Precision.Fp32, false)]
    [InlineData(Precision.Bf16, true)]
    public void A_precision_that_was_asked_for_stays(Precision precision, bool mixed)
    {
        var compute = new Compute("cpu", precision);
        foreach (BackboneDescription backbone in Backbone.All) Assert.Same(compute, compute.For(backbone.SavesProducts));
        Assert.Equal(mixed, compute.MixedPrecision);
    }

    [Fact]
    public void One_that_was_left_open_depends_on_the_network_and_says_so()
    {
        Compute open = new("cpu"), vgg = open.For(Backbone.Describe("vgg16").SavesProducts), resnet = vgg.For(Backbone.Describe("resnet18").SavesProducts);
        Assert.Equal((TorchRuntime.HasFastBFloat16 && !TorchRuntime.HasHalvedBFloat16, TorchRuntime.HasFastBFloat16), (vgg.MixedPrecision, resnet.MixedPrecision));
        Assert.Equal((Named(vgg), Named(resnet)), ($"{vgg}", $"{resnet}"));
        Assert.Same(open, open.For(null));

        static string Named(Compute compute) => compute.MixedPrecision ? "cpu bf16" : "cpu fp32";
    }

    [Fact]
    public void A_number_of_threads_that_was_chosen_stays()
    {
        Assert.True(TorchRuntime.ThreadsAreChosen);
        TorchRuntime.SuggestThreads(3);
        using (new Compute("cpu").ForwardPass()) Assert.Equal(1, TorchRuntime.Threads);
        Assert.Null(new Compute("cpu").Detail());
    }
}
