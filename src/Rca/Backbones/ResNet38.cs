using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// Wide ResNet-38, "model A1" of Wu et al. (2019), as AffinityNet uses it: normalisation and ReLU before each convolution, stages five to
/// seven dilated instead of strided, channels dropped in training in the last two blocks and at the end. Weight names are AffinityNet's.
/// </summary>
public sealed class ResNet38 : Backbone
{
    private const int Stem = 64;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="width">Factor on the channels of every layer.</param>
    /// <param name="outputStride">8, or 16.</param>
    public ResNet38(double width, int outputStride)
    {
        int channels = Scale(Stem, width);
        Then(Child("conv1a", new Conv2d(3, channels, kernel: 3, bias: false)).Forward); // (B, 3, S, S) → (B, 64, S, S)
        Stage("b2", blocks: 3, inner: 128, outputs: 128, stride: 2);
        Stage("b3", blocks: 3, inner: 256, outputs: 256, stride: 2);
        Stage("b4", blocks: 6, inner: 512, outputs: 512, stride: 2);
        // The stage that keeps the grid is dilated from its second convolution on.
        int stride = outputStride / 8, dilation = 2 / stride;
        Stage("b5", blocks: 3, inner: 512, outputs: 1024, stride, dilation);
        AddBottleneck("b6", outputs: 2048, 2 * dilation, dropout: 0.3);
        AddBottleneck("b7", outputs: 4096, 2 * dilation, dropout: 0.5);
        var bn7 = Child("bn7", new BatchNorm2d(channels));
        var dropout7 = Child("dropout7", new Dropout2d(0.5));
        Then(x => dropout7.Forward(bn7.Forward(x).Relu_()));
        EndStage();
        Channels = channels;

        void Stage(string name, int blocks, int inner, int outputs, int stride, int dilation = 1)
        {
            for (int k = 0; k < blocks; k++)
            {
                var block = new PreActivationBlock(
                    channels, Scale(inner, width), Scale(outputs, width), k == 0 ? stride : 1, firstDilation: k == 0 ? 1 : dilation, dilation);
                Then(Child(k == 0 ? name : $"{name}_{k}", block).Forward);
                channels = Scale(outputs, width);
            }
            EndStage();
        }

        void AddBottleneck(string name, int outputs, int dilation, double dropout)
        {
            Then(Child(name, new PreActivationBottleneck(channels, Scale(outputs, width), dilation, dropout)).Forward);
            channels = Scale(outputs, width);
            if (name == "b6") EndStage();
        }
    }
}

/// <summary>Two 3×3 convolutions, each after normalisation and ReLU.</summary>
internal sealed class PreActivationBlock : Module
{
    private readonly BatchNorm2d _norm1, _norm2;
    private readonly Conv2d _conv1, _conv2;
    private readonly Conv2d? _shortcut;

    public PreActivationBlock(int inputs, int inner, int outputs, int stride, int firstDilation, int dilation)
    {
        _norm1 = Child("bn_branch2a", new BatchNorm2d(inputs));
        _conv1 = Child("conv_branch2a", new Conv2d(inputs, inner, kernel: 3, stride, firstDilation, bias: false));
        _norm2 = Child("bn_branch2b1", new BatchNorm2d(inner));
        _conv2 = Child("conv_branch2b1", new Conv2d(inner, outputs, kernel: 3, dilation: dilation, bias: false));
        if (stride != 1 || inputs != outputs) _shortcut = Child("conv_branch1", new Conv2d(inputs, outputs, kernel: 1, stride, bias: false));
    }

    public Tensor Forward(Tensor x)
    {
        Tensor active = _norm1.Forward(x).Relu_();
        Tensor y = _conv2.Forward(_norm2.Forward(_conv1.Forward(active)).Relu_());
        return y + (_shortcut?.Forward(active) ?? x);
    }
}

/// <summary>A 3×3 convolution between two 1×1 convolutions, with channels dropped before the last two.</summary>
internal sealed class PreActivationBottleneck : Module
{
    private readonly BatchNorm2d _norm1, _norm2, _norm3;
    private readonly Conv2d _conv1, _conv2, _conv3, _shortcut;
    private readonly Dropout2d _dropout2, _dropout3;

    public PreActivationBottleneck(int inputs, int outputs, int dilation, double dropout)
    {
        _norm1 = Child("bn_branch2a", new BatchNorm2d(inputs));
        _conv1 = Child("conv_branch2a", new Conv2d(inputs, outputs / 4, kernel: 1, bias: false));
        _norm2 = Child("bn_branch2b1", new BatchNorm2d(outputs / 4));
        _dropout2 = Child("dropout_2b1", new Dropout2d(dropout));
        _conv2 = Child("conv_branch2b1", new Conv2d(outputs / 4, outputs / 2, kernel: 3, dilation: dilation, bias: false));
        _norm3 = Child("bn_branch2b2", new BatchNorm2d(outputs / 2));
        _dropout3 = Child("dropout_2b2", new Dropout2d(dropout));
        _conv3 = Child("conv_branch2b2", new Conv2d(outputs / 2, outputs, kernel: 1, bias: false));
        _shortcut = Child("conv_branch1", new Conv2d(inputs, outputs, kernel: 1, bias: false));
    }

    public Tensor Forward(Tensor x)
    {
        Tensor active = _norm1.Forward(x).Relu_();
        Tensor y = _dropout2.Forward(_norm2.Forward(_conv1.Forward(active)).Relu_());
        y = _dropout3.Forward(_norm3.Forward(_conv2.Forward(y)).Relu_());
        return _conv3.Forward(y) + _shortcut.Forward(active);
    }
}
