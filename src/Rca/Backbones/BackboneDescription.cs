using Rca.Data.Loading;

namespace Rca.Backbones;

/// <summary>What is known of a backbone: everything that other code needs in order to use it by its name.</summary>
/// <param name="Name">What settings and run folders call it.</param>
/// <param name="Depths">Blocks (or convolutions) in each stage.</param>
/// <param name="Channels">Channels of its features at width 1, D.</param>
/// <param name="Make">Makes it with fresh weights, from a width (a factor on the channels, 0.125 to 2) and one of <see cref="OutputStrides"/>.</param>
public sealed record BackboneDescription(string Name, IReadOnlyList<int> Depths, int Channels, Func<double, int, Backbone> Make)
{
    /// <summary>Pixels of the picture for one position of the features; those that it can be made with.</summary>
    public IReadOnlyList<int> OutputStrides { get; init; } = [8, 16, 32];

    /// <summary>How its pictures are normalised.</summary>
    public PictureNormalisation Normalisation { get; init; } = PictureNormalisation.ImageNet;

    /// <summary>Both sides of its pictures are multiples of this: 1, or the side of a patch.</summary>
    public int PictureMultiple { get; init; } = 1;

    /// <summary>
    /// Whether nearly all its work is 3×3 convolutions of stride 1 over many channels, which take a quarter of the products in float32 on
    /// processors (decision 0009) and not in bfloat16.
    /// </summary>
    public bool SavesProducts { get; init; }

    /// <summary>
    /// First stages that keep public weights as they are where the usual settings train it further: two, and at most half of all. What they
    /// see is the same for all photographs.
    /// </summary>
    public int UsualFrozenStages => Math.Min(2, Depths.Count / 2);

    /// <summary>Public weights that fit it.</summary>
    public IReadOnlyList<KnownWeights> Weights { get; init; } = [];
}

/// <summary>Public weights of a backbone.</summary>
/// <param name="Name">What <c>--weights</c> and <c>weights list</c> call them, or the name of a file that others offer.</param>
/// <param name="Origin">Who trained them on what, and where they come from.</param>
/// <param name="Licence">Their licence.</param>
public sealed record KnownWeights(string Name, string Origin, string Licence);
