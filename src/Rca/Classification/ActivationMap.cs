using Rca.Imaging;
using Rca.Imaging.Transforms;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>Activation maps of the classes tagged on one picture.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Classes">The tagged classes, T of them, ascending.</param>
/// <param name="Values">T × Height × Width, 0 to 1. Without <see cref="Background"/> the largest value of a class is 1, or all are 0 where it is nowhere active; with it they are probabilities.</param>
public sealed record ActivationMap(int Width, int Height, IReadOnlyList<int> Classes, float[] Values)
{
    /// <summary>The probability of background, Height × Width, where it is learnt; null where it follows from the maps.</summary>
    public float[]? Background { get; init; }

    /// <summary>The map of a picture without tags.</summary>
    internal static ActivationMap Empty((int Width, int Height) size) => new(size.Width, size.Height, [], []);

    /// <summary>The map of the t-th tagged class, Height × Width.</summary>
    public ReadOnlySpan<float> this[int t] => Values.AsSpan(t * Width * Height, Width * Height);

    /// <summary>The picture at the maps' size; itself if it has that size.</summary>
    internal Picture Match(Picture picture) => (picture.Width, picture.Height) == (Width, Height) ? picture : Resampler.Resize(picture, Width, Height);

    /// <summary>The maps at another size, bilinear; those of at least one class, without a learnt background.</summary>
    public ActivationMap Resized((int Width, int Height) size)
    {
        if ((Width, Height) == size) return this;
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor resized = Tensor.From(Values, 1, Classes.Count, Height, Width).ResizeBilinear(size.Height, size.Width);
        return new ActivationMap(size.Width, size.Height, Classes, resized.ToArray<float>());
    }
}
