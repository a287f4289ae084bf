using Rca.Torch;

namespace Rca.Backbones;

/// <summary>The layouts of residual networks.</summary>
public enum ResNetKind
{
    /// <summary>Basic blocks, as in torchvision's ResNet-18 and -34.</summary>
    Basic,

    /// <summary>
    /// Basic blocks without the max-pool, and a 3×3 first convolution: more layers work on the fine grid, and a position of the features
    /// sees less of its surroundings.
    /// </summary>
    SmallPictures,

    /// <summary>Bottleneck blocks with the stride on the 3×3 convolution, as in torchvision's ResNet-50 and -101.</summary>
    Bottleneck,

    /// <summary>
    /// Bottleneck blocks as in the original Caffe model and DeepLab-v2: the stride is on the first 1×1 convolution, a dilated stage is so from
    /// its first block on, and the max-pool keeps the last column and row.
    /// </summary>
    CaffeBottleneck,
}

/// <summary>
/// Residual network (He et al., 2016): a stage that would go beyond the output stride keeps the grid and is dilated instead. Weight names
/// are torchvision's.
/// </summary>
public sealed class ResNet : Backbone
{
    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="depths">Blocks in each of the four stages; 2, 2, 2, 2 is ResNet-18.</param>
    /// <param name="kind">Layout.</param>
    /// <param name="width">Factor on the channels of every layer.</param>
    /// <param name="outputStride">8, 16, or 32 for the network without dilation.</param>
    public ResNet(IReadOnlyList<int> depths, ResNetKind kind, double width, int outputStride)
    {
        bool small = kind == ResNetKind.SmallPictures, caffe = kind == ResNetKind.CaffeBottleneck;
        int channels = Scale(64, width);
        var conv1 = Child("conv1", new Conv2d(3, channels, kernel: small ? 3 : 7, stride: 2, bias: false));
        var bn1 = Child("bn1", new BatchNorm2d(channels));
        Then(x => bn1.Forward(conv1.Forward(x)).Relu_()); // (B, 3, S, S) → (B, C, S/2, S/2)
        if (!small) Then(x => x.MaxPool2d(size: 3, stride: 2, padding: 1, ceil: caffe));
        int gridStride = small ? 2 : 4, dilation = 1;
        for (int stage = 0; stage < depths.Count; stage++)
        {
            int planes = Scale(64 << stage, width);
            bool halves = stage > 0 && gridStride < outputStride;
            if (halves) gridStride *= 2;
            var layer = Child($"layer{stage + 1}", new Stage());
            for (int k = 0; k < depths[stage]; k++)
            {
                // A stage that keeps the grid instead of halving it is dilated from its second block on (Caffe: from its first).
                if (k == (caffe ? 0 : 1) && stage > 0 && !halves) dilation *= 2;
                int stride = k == 0 && halves ? 2 : 1;
                ResidualBlock block = kind is ResNetKind.Basic or ResNetKind.SmallPictures
                    ? new BasicBlock(channels, planes, stride, dilation)
                    : new Bottleneck(channels, planes, stride, dilation, strideFirst: caffe);
                Then(layer.Add(k, block).Forward);
                channels = block.Channels;
            }
            EndStage();
        }
        Channels = channels;
    }

    /// <summary>A numbered list of blocks.</summary>
    private sealed class Stage : Module
    {
        public ResidualBlock Add(int index, ResidualBlock block) => Child($"{index}", block);
    }
}
