using System.Text.Json;
using Rca.Backbones;
using Rca.Torch;

namespace Rca.Tests.Backbones;

public sealed class ResNetTests : SingleThread
{
    [Fact]
    public void NamesAndShapesAreTorchvisions()
    {
        using var net = Backbone.Create("resnet18", 1);
        var expected = JsonSerializer.Deserialize<Dictionary<string, long[]>>(Safetensors.ReadMetadata(Values.GoldenPath("resnet18.safetensors"))["torchvision_state"])!;
        Assert.Equal(
            expected.Select(static item => $"{item.Key} [{string.Join(", ", item.Value)}]").Order(StringComparer.Ordinal),
            net.State().Select(static item => $"{item.Name} [{string.Join(", ", item.Value.Shape)}]").Order(StringComparer.Ordinal));
    }

    /// <summary>Dilations, strides, shortcuts and normalisation in one: another dilation changes the result by far more than the tolerance.</summary>
    [Fact]
    public void FeaturesEqualADilatedResNetOfTorch()
    {
        using var noGrad = new NoGrad();
        using var net = Backbone.Create("resnet18", 0.25);
        ReferenceWeights.Fill(net);
        net.Train(false);
        using WeightFile golden = Safetensors.Read(Values.GoldenPath("resnet18.safetensors"));
        Tensor actual = net.Forward(ReferenceWeights.Make("input", 2, 3, 65, 71));
        Assert.Equal(golden.Tensors["output"].Shape, actual.Shape);
        // 17 convolutions in float32 on whatever kernels the processor has: 1e-4 of the largest value.
        float[] expected = golden.Tensors["output"].ToArray<float>();
        Values.AssertClose(expected, actual.ToArray<float>(), 1e-4 * expected.Max());
    }
}
