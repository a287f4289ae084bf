using Rca.Backbones;
using Rca.Torch;

namespace Rca.Tests.Backbones;

/// <summary>Features in evaluation against those of the public implementations, with the same weights by their public names.</summary>
public sealed class PublicBackboneTests : SingleThread
{
    [Theory]
    [InlineData("torchvision_resnet18", "layer4")]
    [InlineData("torchvision_resnet34", "layer4")]
    [InlineData("torchvision_resnet50_stride8", "layer4")]
    [InlineData("torchvision_resnet101_stride16", "layer4")]
    [InlineData("torchvision_vgg16", "features")]
    [InlineData("wide_resnet38", "conv6")]
    public void FeaturesEqualThePublicOnes(string golden, string output)
    {
        using var noGrad = new NoGrad();
        using Backbone net = Make(golden);
        ReferenceWeights.Fill(net);
        net.Train(false);
        GoldenOutput.AssertEqual($"{golden}.safetensors", output, net.Forward(ReferenceWeights.Make("input", 2, 3, 96, 96)));
    }

    /// <summary>The dilated layout "D1", by the features of the method's public code.</summary>
    [Fact]
    public void FeaturesOfVgg16EqualThoseOfTheReleasedMethod()
    {
        using var noGrad = new NoGrad();
        using Backbone net = Backbone.Create("vgg16", 1);
        ReferenceWeights.Fill(net);
        using WeightFile golden = Safetensors.Read(Values.GoldenPath("released_step.safetensors"));
        Tensor actual = net.Forward(ReferenceWeights.Make("input", 3, 3, 64, 64));
        Assert.Equal(golden.Tensors["features"].Shape, actual.Shape);
        float[] expected = golden.Tensors["features"].ToArray<float>();
        Values.AssertClose(expected, actual.ToArray<float>(), 2e-4 * expected.Max());
    }

    private static Backbone Make(string golden) => golden switch
    {
        "torchvision_resnet18" => new ResNet([2, 2, 2, 2], ResNetKind.Basic, 1, outputStride: 32),
        "torchvision_resnet34" => new ResNet([3, 4, 6, 3], ResNetKind.Basic, 1, outputStride: 32),
        "torchvision_resnet50_stride8" => Backbone.Create("resnet50", 1),
        "torchvision_resnet101_stride16" => Backbone.Create("resnet101", 1, outputStride: 16),
        "torchvision_vgg16" => new Vgg16(1, outputStride: 32),
        _ => Backbone.Create("resnet38", 1),
    };
}
