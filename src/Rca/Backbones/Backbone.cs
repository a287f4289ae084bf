using Rca.Torch;

namespace Rca.Backbones;

/// <summary>A network that turns pictures into features at a coarser grid: a chain of layers.</summary>
public abstract class Backbone : Module
{
    private readonly List<Func<Tensor, Tensor>> _layers = [];

    /// <summary>Names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["resnet18s", "resnet18", "resnet34", "resnet50", "resnet101", "resnet101-caffe", "vgg16", "resnet38"];

    /// <summary>Output strides that <see cref="Create"/> knows: one position of the features for so many pixels of the picture.</summary>
    public static IReadOnlyList<int> OutputStrides { get; } = [8, 16];

    /// <summary>Channels of the features, D.</summary>
    public int Channels { get; private protected init; }

    /// <summary>Makes a backbone with fresh weights.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="width">Factor on the channels of every layer, 0.125 to 2; public weights are made for 1.</param>
    /// <param name="outputStride">One of <see cref="OutputStrides"/>.</param>
    /// <exception cref="RcaException">The name is unknown.</exception>
    public static Backbone Create(string name, double width, int outputStride = 8) => name switch
    {
        "resnet18s" => new ResNet([2, 2, 2, 2], ResNetKind.SmallPictures, width, outputStride),
        "resnet18" => new ResNet([2, 2, 2, 2], ResNetKind.Basic, width, outputStride),
        "resnet34" => new ResNet([3, 4, 6, 3], ResNetKind.Basic, width, outputStride),
        "resnet50" => new ResNet([3, 4, 6, 3], ResNetKind.Bottleneck, width, outputStride),
        "resnet101" => new ResNet([3, 4, 23, 3], ResNetKind.Bottleneck, width, outputStride),
        "resnet101-caffe" => new ResNet([3, 4, 23, 3], ResNetKind.CaffeBottleneck, width, outputStride),
        "vgg16" => new Vgg16(width, outputStride),
        "resnet38" => new ResNet38(width, outputStride),
        _ => throw new RcaException($"The backbone '{name}' is unknown. Known: {string.Join(", ", Names)}."),
    };

    /// <summary>(B, 3, S, S) → (B, D, S/s, S/s) at output stride s, rounded up.</summary>
    public Tensor Forward(Tensor x) => Chain(_layers, x);

    /// <summary>Passes x through layers. The result is the caller's, and so is x.</summary>
    private protected static Tensor Chain(IReadOnlyList<Func<Tensor, Tensor>> layers, Tensor x)
    {
        Tensor input = x;
        foreach (Func<Tensor, Tensor> layer in layers)
        {
            // A scope for each layer, and no handle on its input after it: else all activations of a deep network would live at once,
            // even where no gradient needs them.
            using var scope = new TensorScope();
            Tensor y = scope.Keep(layer(x));
            if (x != input && x != y) x.Dispose();
            x = y;
        }
        return x;
    }

    /// <summary>Appends a layer to the chain.</summary>
    private protected void Then(Func<Tensor, Tensor> layer) => _layers.Add(layer);

    /// <summary>
    /// Channels of a layer at a width. Whole vectors of 16: faster, and oneDNN 2.7 writes past its buffers in the bfloat16 gradient of
    /// narrower layers for single pictures.
    /// </summary>
    private protected static int Scale(int channels, double width) => Math.Max(16, (int)Math.Round(channels * width / 16) * 16);
}
