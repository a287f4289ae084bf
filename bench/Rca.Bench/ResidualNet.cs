using Rca.Torch;

/// <summary>A ResNet-18 of half width with a 1×1 classifier over 20 tags; the same as Net in bench/python/step.py.</summary>
internal sealed class ResidualNet : Module
{
    private readonly Conv2d stem, classifier;
    private readonly BatchNorm2d norm;
    private readonly List<Block> blocks = [];

    public ResidualNet()
    {
        stem = Child("conv1", new Conv2d(3, 32, 7, stride: 2, bias: false));
        norm = Child("bn1", new BatchNorm2d(32));
        int inputs = 32;
        foreach (int outputs in (int[])[32, 32, 64, 64, 128, 128, 256, 256])
        {
            blocks.Add(Child($"block{blocks.Count}", new Block(inputs, outputs)));
            inputs = outputs;
        }
        classifier = Child("classifier", new Conv2d(inputs, 20, 1));
    }

    /// <summary>(B, 3, H, W) → (B, 20).</summary>
    public Tensor Forward(Tensor x)
    {
        x = norm.Forward(stem.Forward(x)).Relu_().MaxPool2d(3, 2, 1);
        foreach (Block block in blocks) x = block.Forward(x);
        return classifier.Forward(x).Mean([2, 3]);
    }

    private sealed class Block : Module
    {
        private readonly Conv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Conv2d? shortcut;

        public Block(int inputs, int outputs)
        {
            int stride = inputs == outputs ? 1 : 2;
            conv1 = Child("conv1", new Conv2d(inputs, outputs, 3, stride, bias: false));
            bn1 = Child("bn1", new BatchNorm2d(outputs));
            conv2 = Child("conv2", new Conv2d(outputs, outputs, 3, bias: false));
            bn2 = Child("bn2", new BatchNorm2d(outputs));
            if (stride == 2) shortcut = Child("shortcut", new Conv2d(inputs, outputs, 1, stride, bias: false));
        }

        public Tensor Forward(Tensor x)
        {
            Tensor y = bn1.Forward(conv1.Forward(x)).Relu_();
            return (bn2.Forward(conv2.Forward(y)) + (shortcut?.Forward(x) ?? x)).Relu_();
        }
    }
}
