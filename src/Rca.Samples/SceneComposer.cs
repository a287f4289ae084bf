using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;

namespace Rca.Samples;

/// <summary>A made-up photograph with its exact mask.</summary>
/// <param name="Picture">RGB.</param>
/// <param name="Mask">0 background, c + 1 class c, ignore where an object shows too little to be tagged.</param>
/// <param name="Tags">Classes that show enough, ascending.</param>
internal sealed record Scene(Picture Picture, LabelMap Mask, IReadOnlyList<int> Tags);

/// <summary>
/// Lays 1 to 3 stamps over a piece of a background photograph. A class is tagged if at least 40 of its pixels per 128 × 128 stay visible.
/// </summary>
internal sealed class SceneComposer(int size, IReadOnlyList<Stamp> stamps, IReadOnlyList<Picture> backgrounds)
{
    /// <summary>Shorter side of a background piece, as a part of the photograph's.</summary>
    public const double SmallestCrop = 0.4;

    private const int MaxObjects = 3;
    private const double SmallestObject = 0.35;
    private const double LargestObject = 0.75;
    private const double BrightnessChange = 0.25;
    private const int MaxDraws = 100;

    private readonly int _visibleFrom = (int)Math.Ceiling(40.0 * size * size / (128 * 128));
    private readonly Stamp[][] _byClass = [.. stamps.GroupBy(stamp => stamp.Class).OrderBy(group => group.Key).Select(group => group.ToArray())];

    /// <summary>The scene that <paramref name="random"/> leads to; drawn again until a class shows enough to be tagged.</summary>
    public Scene Compose(Random random)
    {
        for (var draw = 0; draw < MaxDraws; draw++)
        {
            var picture = DrawBackground(random);
            var mask = new LabelMap(size, size);
            var objects = random.Next(1, MaxObjects + 1);
            for (var i = 0; i < objects; i++)
            {
                var ofClass = _byClass[random.Next(_byClass.Length)];
                DrawStamp(ofClass[random.Next(ofClass.Length)], picture, mask, random);
            }
            var tags = Tag(mask);
            if (tags.Count > 0)
                return new Scene(picture, mask, tags);
        }
        throw new RcaException($"{MaxDraws} scenes in a row show no object of {_visibleFrom} pixels; the stamps are too thin for scenes of {size} pixels.");
    }

    private Picture DrawBackground(Random random)
    {
        var photograph = backgrounds[random.Next(backgrounds.Count)];
        var side = (int)(Math.Min(photograph.Width, photograph.Height) * Between(random, SmallestCrop, 1));
        var (left, top) = (random.Next(photograph.Width - side + 1), random.Next(photograph.Height - side + 1));
        var piece = FlipSometimes(random, Resampler.Resize(PictureTransforms.Crop(photograph, left, top, side, side), size, size));
        var brightness = Brightness(random);
        foreach (ref var value in piece.Pixels.AsSpan())
            value = ToByte(value * brightness);
        return piece;
    }

    private void DrawStamp(Stamp stamp, Picture picture, LabelMap mask, Random random)
    {
        var scale = size * Between(random, SmallestObject, LargestObject) / Math.Max(stamp.Picture.Width, stamp.Picture.Height);
        var width = Math.Max(1, (int)Math.Round(stamp.Picture.Width * scale));
        var height = Math.Max(1, (int)Math.Round(stamp.Picture.Height * scale));
        var (left, top) = (random.Next(size - width + 1), random.Next(size - height + 1));
        var cutout = FlipSometimes(random, Resampler.Resize(stamp.Picture, width, height));
        var brightness = Brightness(random);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var from = (y * width + x) * 4;
                var to = (top + y) * size + left + x;
                var alpha = cutout.Pixels[from + 3];
                for (var channel = 0; channel < 3; channel++)
                {
                    ref var value = ref picture.Pixels[to * 3 + channel];
                    value = ToByte((cutout.Pixels[from + channel] * brightness * alpha + value * (255.0 - alpha)) / 255);
                }
                if (alpha >= StampLibrary.OpaqueFrom)
                    mask.Labels[to] = (ushort)(stamp.Class + 1);
            }
    }

    /// <summary>The classes that show enough; the pixels of the others become ignore, since they are neither background nor tagged.</summary>
    private List<int> Tag(LabelMap mask)
    {
        var visible = mask.Labels.CountBy(label => label).ToDictionary();
        for (var i = 0; i < mask.Labels.Length; i++)
            if (mask.Labels[i] != 0 && visible[mask.Labels[i]] < _visibleFrom)
                mask.Labels[i] = LabelMap.Ignore;
        return [.. visible.Where(label => label.Key != 0 && label.Value >= _visibleFrom).Select(label => label.Key - 1).Order()];
    }

    private static Picture FlipSometimes(Random random, Picture picture) =>
        random.Next(2) == 1 ? PictureTransforms.FlipHorizontally(picture) : picture;

    private static double Brightness(Random random) => Between(random, 1 - BrightnessChange, 1 + BrightnessChange);

    private static double Between(Random random, double low, double high) => low + (high - low) * random.NextDouble();

    private static byte ToByte(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);
}
