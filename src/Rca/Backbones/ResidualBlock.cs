using Rca.Torch;

namespace Rca.Backbones;

/// <summary>Convolutions with a shortcut around them.</summary>
internal abstract class ResidualBlock : Module
{
    private Shortcut? _downsample;

    /// <summary>Channels of the result.</summary>
    public int Channels { get; protected init; }

    /// <summary>(B, inputs, H, W) → (B, Channels, ⌈H/stride⌉, ⌈W/stride⌉).</summary>
    public Tensor Forward(Tensor x) => (Residual(x) + (_downsample?.Forward(x) ?? x)).Relu_();

    /// <summary>The branch beside the shortcut.</summary>
    protected abstract Tensor Residual(Tensor x);

    /// <summary>Gives the shortcut a convolution, where the shape changes.</summary>
    protected void AddShortcut(int inputs, int stride)
    {
        if (stride != 1 || inputs != Channels) _downsample = Child("downsample", new Shortcut(inputs, Channels, stride));
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

/// <summary>Two 3×3 convolutions.</summary>
internal sealed class BasicBlock : ResidualBlock
{
    private readonly Conv2d _conv1, _conv2;
    private readonly BatchNorm2d _bn1, _bn2;

    public BasicBlock(int inputs, int outputs, int stride, int dilation)
    {
        Channels = outputs;
        _conv1 = Child("conv1", new Conv2d(inputs, outputs, kernel: 3, stride, dilation, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(outputs));
        _conv2 = Child("conv2", new Conv2d(outputs, outputs, kernel: 3, stride: 1, dilation, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(outputs));
        AddShortcut(inputs, stride);
    }

    protected override Tensor Residual(Tensor x) => _bn2.Forward(_conv2.Forward(_bn1.Forward(_conv1.Forward(x)).Relu_()));
}

/// <summary>A 3×3 convolution on few channels, between two 1×1 convolutions that lead there and back.</summary>
internal sealed class Bottleneck : ResidualBlock
{
    private const int Expansion = 4;
    private readonly Conv2d _conv1, _conv2, _conv3;
    private readonly BatchNorm2d _bn1, _bn2, _bn3;

    public Bottleneck(int inputs, int planes, int stride, int dilation, bool strideFirst)
    {
        Channels = planes * Expansion;
        _conv1 = Child("conv1", new Conv2d(inputs, planes, kernel: 1, strideFirst ? stride : 1, bias: false));
        _bn1 = Child("bn1", new BatchNorm2d(planes));
        _conv2 = Child("conv2", new Conv2d(planes, planes, kernel: 3, strideFirst ? 1 : stride, dilation, bias: false));
        _bn2 = Child("bn2", new BatchNorm2d(planes));
        _conv3 = Child("conv3", new Conv2d(planes, Channels, kernel: 1, bias: false));
        _bn3 = Child("bn3", new BatchNorm2d(Channels));
        AddShortcut(inputs, stride);
    }

    protected override Tensor Residual(Tensor x)
    {
        x = _bn1.Forward(_conv1.Forward(x)).Relu_();
        x = _bn2.Forward(_conv2.Forward(x)).Relu_();
        return _bn3.Forward(_conv3.Forward(x));
    }
}
