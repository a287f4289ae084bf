using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// Residual network of basic blocks (He et al., 2016) at output stride 8: a stage that would go beyond keeps the grid and is dilated
/// instead. The layout for small pictures leaves out the max-pool, so that more layers work on the fine grid and a position of the
/// features sees less of its surroundings. Weight names are torchvision's.
/// </summary>
public sealed class ResNet : Backbone
{
    private const int OutputStride = 8;
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly List<BasicBlock> _blocks = [];
    private readonly bool _pools;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="depths">Blocks in each of the four stages; 2, 2, 2, 2 is ResNet-18.</param>
    /// <param name="width">Factor on the channels of every layer.</param>
    /// <param name="smallPictures">Leaves out the max-pool, and starts with a 3×3 instead of a 7×7 convolution.</param>
    public ResNet(IReadOnlyList<int> depths, double width, bool smallPictures)
    {
        _pools = !smallPictures;
        // Whole vectors of 16: faster, and oneDNN 2.7 writes past its buffers in the bfloat16 gradient of narrower layers for single pictures.
        int Scaled(int channels) => Math.Max(16, (int)Math.Round(channels * width / 16) * 16);

        int channels = Scaled(64);
        _conv1 = Child("conv1", new Conv2d(3, channels, kernel: smallPictures ? 3 : 7, stride: 2, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(channels));
        int gridStride = _pools ? 4 : 2, dilation = 1;
        for (int stage = 0; stage < depths.Count; stage++)
        {
            int outputs = Scaled(64 << stage);
            bool halves = stage > 0 && gridStride < OutputStride;
            if (halves) gridStride *= 2;
            var layer = Child($"layer{stage + 1}", new Stage());
            for (int k = 0; k < depths[stage]; k++)
            {
                // A stage that keeps the grid instead of halving it is dilated from its second block on.
                if (k == 1 && stage > 0 && !halves) dilation *= 2;
                _blocks.Add(layer.Add(k, new BasicBlock(channels, outputs, k == 0 && halves ? 2 : 1, dilation)));
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
        x = _bn1.Forward(_conv1.Forward(x)).Relu_(); // (B, 3, S, S) → (B, C, S/2, S/2)
        if (_pools) x = x.MaxPool2d(size: 3, stride: 2, padding: 1);
        foreach (BasicBlock block in _blocks) x = block.Forward(x);
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
    private readonly Conv2d _conv1, _conv2;
    private readonly BatchNorm2d _bn1, _bn2;
    private readonly Shortcut? _downsample;

    public BasicBlock(int inputs, int outputs, int stride, int dilation)
    {
        _conv1 = Child("conv1", new Conv2d(inputs, outputs, kernel: 3, stride, dilation, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(outputs));
        _conv2 = Child("conv2", new Conv2d(outputs, outputs, kernel: 3, stride: 1, dilation, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(outputs));
        if (stride != 1 || inputs != outputs) _downsample = Child("downsample", new Shortcut(inputs, outputs, stride));
    }

    public Tensor Forward(Tensor x)
    {
        Tensor y = _bn1.Forward(_conv1.Forward(x)).Relu_();
        y = _bn2.Forward(_conv2.Forward(y));
        return (y + (_downsample?.Forward(x) ?? x)).Relu_();
    }

    private sealed class Shortcut : Module
    {
        private readonly Conv2d _conv;
        private readonly BatchNorm2d _norm;

        public Shortcut(int inputs, int outputs, int stride)
        {
            _conv = Child("0", new Conv2d(inputs, outputs, kernel: 1, stride, bias: false));
            _norm = Child("1", new BatchNorm2d(outputs));
        }

        public Tensor Forward(Tensor x) => _norm.Forward(_conv.Forward(x));
    }
}
