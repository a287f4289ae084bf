using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// Residual network of basic blocks (He et al., 2016) at output stride 8: the last two stages keep the grid and are dilated by 2 and 4
/// instead. Weight names are torchvision's.
/// </summary>
public sealed class ResNet : Backbone
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly List<BasicBlock> blocks = [];

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="depths">Blocks in each of the four stages; 2, 2, 2, 2 is ResNet-18.</param>
    /// <param name="width">Factor on the channels of every layer.</param>
    public ResNet(IReadOnlyList<int> depths, double width)
    {
        int Scaled(int channels) => Math.Max(8, (int)Math.Round(channels * width / 8) * 8);

        int channels = Scaled(64);
        conv1 = Child("conv1", new Conv2d(3, channels, kernel: 7, stride: 2, bias: false));
        bn1 = Child("bn1", new BatchNorm2d(channels));
        int dilation = 1;
        for (int stage = 0; stage < depths.Count; stage++)
        {
            int outputs = Scaled(64 << stage);
            var layer = Child($"layer{stage + 1}", new Stage());
            for (int k = 0; k < depths[stage]; k++)
            {
                int stride = k == 0 && stage == 1 ? 2 : 1;
                // A stage that keeps the grid instead of halving it is dilated from its second block on.
                if (k == 1 && stage >= 2) dilation *= 2;
                blocks.Add(layer.Add(k, new BasicBlock(channels, outputs, stride, dilation)));
                channels = outputs;
            }
        }
        Channels = channels;
    }

    /// <inheritdoc/>
    public override int Channels { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        x = bn1.Forward(conv1.Forward(x)).Relu_().MaxPool2d(size: 3, stride: 2, padding: 1); // (B, 3, S, S) → (B, C, S/4, S/4)
        foreach (BasicBlock block in blocks) x = block.Forward(x);
        return x; // (B, D, S/8, S/8)
    }

    /// <summary>A numbered list of blocks.</summary>
    private sealed class Stage : Module
    {
        public BasicBlock Add(int index, BasicBlock block) => Child($"{index}", block);
    }
}

/// <summary>Two 3×3 convolutions with a shortcut.</summary>
internal sealed class BasicBlock : Module
{
    private readonly Conv2d conv1, conv2;
    private readonly BatchNorm2d bn1, bn2;
    private readonly Shortcut? downsample;

    public BasicBlock(int inputs, int outputs, int stride, int dilation)
    {
        conv1 = Child("conv1", new Conv2d(inputs, outputs, kernel: 3, stride, dilation, bias: false));
        bn1 = Child("bn1", new BatchNorm2d(outputs));
        conv2 = Child("conv2", new Conv2d(outputs, outputs, kernel: 3, stride: 1, dilation, bias: false));
        bn2 = Child("bn2", new BatchNorm2d(outputs));
        if (stride != 1 || inputs != outputs) downsample = Child("downsample", new Shortcut(inputs, outputs, stride));
    }

    public Tensor Forward(Tensor x)
    {
        Tensor y = bn1.Forward(conv1.Forward(x)).Relu_();
        y = bn2.Forward(conv2.Forward(y));
        return (y + (downsample?.Forward(x) ?? x)).Relu_();
    }

    private sealed class Shortcut : Module
    {
        private readonly Conv2d conv;
        private readonly BatchNorm2d norm;

        public Shortcut(int inputs, int outputs, int stride)
        {
            conv = Child("0", new Conv2d(inputs, outputs, kernel: 1, stride, bias: false));
            norm = Child("1", new BatchNorm2d(outputs));
        }

        public Tensor Forward(Tensor x) => norm.Forward(conv.Forward(x));
    }
}
