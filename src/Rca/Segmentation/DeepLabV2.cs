using Rca.Backbones;
using Rca.Torch;

namespace Rca.Segmentation;

/// <summary>
/// DeepLab-v2 (Chen et al., 2017): a backbone at output stride 8 and four parallel 3×3 convolutions of different dilation whose results
/// are summed (ASPP).
/// </summary>
public sealed class DeepLabV2 : Module
{
    private const double HeadDeviation = 0.01;
    private readonly Conv2d[] _branches;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="labels">Classes and background, L + 1.</param>
    /// <param name="options">Backbone and dilations.</param>
    public DeepLabV2(int labels, SegmentationOptions options)
    {
        Labels = labels;
        Backbone = Child("backbone", Backbone.Create(options.Backbone, options.Width));
        var aspp = Child("aspp", new Branches());
        _branches = [.. options.Dilations().Select((dilation, i) => aspp.Add(i,
            new Conv2d(Backbone.Channels, labels, kernel: 3, dilation: dilation).WithNormalWeights(HeadDeviation)))];
    }

    /// <summary>Classes and background, L + 1.</summary>
    public int Labels { get; }

    /// <summary>The part whose weights may come from a classification network.</summary>
    public Backbone Backbone { get; }

    /// <summary>(B, 3, S, S) → scores (B, L + 1, S/8, S/8).</summary>
    public Tensor Forward(Tensor x)
    {
        Tensor features = Backbone.Forward(x);
        return _branches.Select(branch => branch.Forward(features)).Aggregate(static (a, b) => a + b);
    }

    private sealed class Branches : Module
    {
        public Conv2d Add(int index, Conv2d branch) => Child($"{index}", branch);
    }
}
