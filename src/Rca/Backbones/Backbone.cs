using Rca.Torch;

namespace Rca.Backbones;

/// <summary>A network that turns pictures into features at a coarser grid.</summary>
public abstract class Backbone : Module
{
    /// <summary>Names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["resnet18s", "resnet18"];

    /// <summary>Channels of the features, D.</summary>
    public abstract int Channels { get; }

    /// <summary>(B, 3, S, S) → (B, D, S/8, S/8).</summary>
    public abstract Tensor Forward(Tensor x);

    /// <summary>Makes a backbone with fresh weights at output stride 8.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="width">Factor on the channels of every layer, 0.125 to 2.</param>
    /// <exception cref="RcaException">The name is unknown.</exception>
    public static Backbone Create(string name, double width) => name switch
    {
        "resnet18s" => new ResNet([2, 2, 2, 2], width, smallPictures: true),
        "resnet18" => new ResNet([2, 2, 2, 2], width, smallPictures: false),
        _ => throw new RcaException($"The backbone '{name}' is unknown. Known: {string.Join(", ", Names)}."),
    };
}
