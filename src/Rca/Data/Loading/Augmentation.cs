using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;

namespace Rca.Data.Loading;

/// <summary>Random changes of training pictures: scale, place, mirror and colour.</summary>
/// <param name="Size">Side of the resulting square, in pixels.</param>
/// <param name="ScaleMin">Smallest longer side of the picture, as a fraction of <paramref name="Size"/>.</param>
/// <param name="ScaleMax">Largest longer side of the picture, as a fraction of <paramref name="Size"/>.</param>
/// <param name="Jitter">Strength of changes of brightness, contrast and saturation, 0 to 1.</param>
/// <param name="Hue">Largest turn of the colour circle, 0 to 0.5.</param>
/// <param name="Squash">Squashes the picture to a square before scaling, without keeping its proportions.</param>
/// <param name="Mirror">Mirrors every other picture.</param>
public sealed record Augmentation(int Size, double ScaleMin, double ScaleMax, double Jitter, double Hue, bool Squash = false, bool Mirror = true)
{
    /// <summary>
    /// Resizes the longer side (squashed: both) to a random scale, cuts out (or pads with the mean colour to) a square at a random place,
    /// mirrors every other picture and changes its colours.
    /// </summary>
    /// <param name="picture">RGB.</param>
    /// <param name="labels">A label map of the picture's size that is transformed together with it, padded with ignore; or null.</param>
    /// <param name="random">The only source of randomness.</param>
    public (Picture Picture, LabelMap? Labels) Apply(Picture picture, LabelMap? labels, Random random)
    {
        double side = Size * (ScaleMin + random.NextDouble() * (ScaleMax - ScaleMin));
        (int width, int height) = Squash ? FitLongerSide(1, 1, side) : FitLongerSide(picture.Width, picture.Height, side);
        int left = Offset(width, random), top = Offset(height, random);
        var window = new Window(left, top, Size, Size, Mirrored: Mirror && random.Next(2) == 1);
        picture = Resampler.Resize(picture, width, height, window, PictureBatch.MeanColour);
        if (Jitter > 0 || Hue > 0) picture = ColourJitter.Apply(picture, ColourJitter.Draw(random, Strengths));
        if (labels is not null) labels = Resampler.Resize(labels, width, height, window);
        return (picture, labels);
    }

    /// <summary>The size with a given longer side and the same proportions, each side at least one pixel.</summary>
    public static (int Width, int Height) FitLongerSide(int width, int height, double longer)
    {
        double factor = longer / Math.Max(width, height);
        return (Math.Max(1, (int)Math.Round(width * factor)), Math.Max(1, (int)Math.Round(height * factor)));
    }

    private ColourStrengths Strengths => new((float)Jitter, (float)Jitter, (float)Jitter, (float)Hue);

    /// <summary>Where the window starts: inside a larger picture, or before a smaller one, so that it lies anywhere in the window.</summary>
    private int Offset(int length, Random random) =>
        length >= Size ? random.Next(length - Size + 1) : -random.Next(Size - length + 1);
}
