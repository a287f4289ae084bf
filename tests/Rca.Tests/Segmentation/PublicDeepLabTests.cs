using Rca.Backbones;
using Rca.Segmentation;
using Rca.Tests.Backbones;
using Rca.Torch;

namespace Rca.Tests.Segmentation;

/// <summary>The DeepLab-v2 of the project deeplab-pytorch.</summary>
public sealed class PublicDeepLabTests : SingleThread
{
    [Fact]
    public void ScoresEqualThePublicOnes()
    {
        using var noGrad = new NoGrad();
        using var net = new DeepLabV2(21, new SegmentationOptions { Backbone = "resnet101-caffe", Width = 1, Size = 321 });
        var own = net.State().ToDictionary(static item => item.Name, static item => item.Value);
        foreach (string name in PublicNames(3, 4, 23, 3))
        {
            string ours = PublicWeights.OurName(name);
            Assert.True(own.Remove(ours.StartsWith("aspp.", StringComparison.Ordinal) ? ours : $"backbone.{ours}", out Tensor? value), name);
            using Tensor made = ReferenceWeights.Make(name, value.Shape);
            value.Copy_(made);
        }
        Assert.Empty(own);
        net.Train(false);
        GoldenOutput.AssertEqual("deeplab_v2_resnet101.safetensors", "logits", net.Forward(ReferenceWeights.Make("input", 2, 3, 97, 97)));
    }

    internal static IEnumerable<string> PublicNames(params int[] depths)
    {
        foreach (string name in Unit("layer1.conv1")) yield return name;
        for (int stage = 0; stage < depths.Length; stage++)
            for (int block = 1; block <= depths[stage]; block++)
                foreach (string unit in block == 1 ? ["reduce", "conv3x3", "increase", "shortcut"] : (string[])["reduce", "conv3x3", "increase"])
                    foreach (string name in Unit($"layer{stage + 2}.block{block}.{unit}")) yield return name;
        for (int branch = 0; branch < 4; branch++)
        {
            yield return $"aspp.c{branch}.weight";
            yield return $"aspp.c{branch}.bias";
        }

        static string[] Unit(string at) => [$"{at}.conv.weight", .. new[] { "weight", "bias", "running_mean", "running_var" }.Select(part => $"{at}.bn.{part}")];
    }
}
