namespace Rca.Torch.Tests;

/// <summary>The same as Net in golden/make_golden.py: a strided stem, one dilated residual block, a 1×1 head.</summary>
internal sealed class TinyNet : Module
{
    private readonly Conv2d conv1, head;
    private readonly BatchNorm2d bn1;
    private readonly Layer layer1;

    public TinyNet()
    {
        conv1 = Child("conv1", new Conv2d(3, 4, 3, stride: 2, bias: false));
        bn1 = Child("bn1", new BatchNorm2d(4));
        layer1 = Child("layer1", new Layer());
        head = Child("head", new Conv2d(4, 3, 1));
    }

    /// <summary>(B, 3, H, W) → (B, 3, ⌈H/2⌉, ⌈W/2⌉).</summary>
    public Tensor Forward(Tensor x) => head.Forward(layer1.Forward(bn1.Forward(conv1.Forward(x)).Relu()));

    /// <summary>The loss of one step; everything else that the forward pass made is gone.</summary>
    public Tensor Loss(Tensor images, Tensor labels)
    {
        using var scope = new TensorScope();
        return scope.Keep(Forward(images).CrossEntropy(labels, ignore: 255));
    }

    /// <summary>The backbone and the head, with learning rates and decays of their own.</summary>
    public ParameterGroup[] Groups() =>
    [
        new([.. Parameters().Where(static p => !p.Name.StartsWith("head", StringComparison.Ordinal))], 0.05, 0.01),
        new([.. Parameters().Where(static p => p.Name.StartsWith("head", StringComparison.Ordinal))], 0.5, 0),
    ];

    private sealed class Layer : Module
    {
        private readonly Block block;

        public Layer() => block = Child("0", new Block());

        public Tensor Forward(Tensor x) => block.Forward(x);
    }

    private sealed class Block : Module
    {
        private readonly Conv2d conv1;
        private readonly BatchNorm2d bn1;

        public Block() => (conv1, bn1) = (Child("conv1", new Conv2d(4, 4, 3, dilation: 2, bias: false)), Child("bn1", new BatchNorm2d(4)));

        public Tensor Forward(Tensor x) => (bn1.Forward(conv1.Forward(x)) + x).Relu();
    }
}
