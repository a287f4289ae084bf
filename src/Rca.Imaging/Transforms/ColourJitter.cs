using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rca.Imaging.Transforms;

/// <summary>Factors of one colour change, applied in this order. The defaults change nothing.</summary>
/// <param name="Brightness">Multiplies each value; at least 0.</param>
/// <param name="Contrast">Distance from the picture's mean luma; 0 is flat grey; at least 0.</param>
/// <param name="Saturation">Distance from each pixel's luma; 0 is a grey picture; at least 0.</param>
/// <param name="Hue">Turns the colour circle by this share of a full turn; -0.5 to 0.5.</param>
public sealed record ColourFactors(float Brightness = 1, float Contrast = 1, float Saturation = 1, float Hue = 0);

/// <summary>How far factors are drawn from their neutral value.</summary>
/// <param name="Brightness">Factors from 1 - strength (at least 0) to 1 + strength.</param>
/// <param name="Contrast">As brightness.</param>
/// <param name="Saturation">As brightness.</param>
/// <param name="Hue">Shares of a turn from -strength to strength; at most 0.5.</param>
public sealed record ColourStrengths(float Brightness = 0, float Contrast = 0, float Saturation = 0, float Hue = 0);

/// <summary>
/// Changes brightness, contrast, saturation and hue as torchvision's <c>functional.adjust_*</c> define them on 8-bit tensors;
/// within ±2 of these in the order brightness, contrast, saturation, hue.
/// </summary>
public static class ColourJitter
{
    // The luma weights of torchvision; they sum to 0.9999.
    private const float RedShare = 0.2989f, GreenShare = 0.587f, BlueShare = 0.114f;

    /// <summary>Draws factors, each uniform in its range. Takes four numbers from <paramref name="random"/> whatever the strengths.</summary>
    public static ColourFactors Draw(Random random, ColourStrengths strengths)
    {
        return new ColourFactors(
            Factor(strengths.Brightness), Factor(strengths.Contrast), Factor(strengths.Saturation), Within(-strengths.Hue, strengths.Hue));

        float Factor(float strength) => Within(Math.Max(0, 1 - strength), 1 + strength);
        float Within(float low, float high) => low + (high - low) * random.NextSingle();
    }

    /// <summary>The changed picture.</summary>
    /// <param name="rgb">Three channels.</param>
    /// <param name="factors">The change.</param>
    /// <exception cref="ArgumentException">The picture is not RGB, or a factor is outside its range.</exception>
    public static Picture Apply(Picture rgb, ColourFactors factors)
    {
        if (rgb.Channels != 3)
            throw new ArgumentException($"An RGB picture was expected, this one has {rgb.Channels} channel(s).", nameof(rgb));
        if (!(factors is { Brightness: >= 0, Contrast: >= 0, Saturation: >= 0, Hue: >= -0.5f and <= 0.5f }))
            throw new ArgumentOutOfRangeException(nameof(factors), factors, "Factors are at least 0, hue is -0.5 to 0.5.");

        ReadOnlySpan<RgbPixel> from = MemoryMarshal.Cast<byte, RgbPixel>(rgb.Pixels);
        Span<float> tone = stackalloc float[256];
        DrawToneCurve(from, factors, tone);
        var result = Picture.Unwritten(rgb.Width, rgb.Height, 3);
        Span<RgbPixel> to = MemoryMarshal.Cast<byte, RgbPixel>(result.Pixels.AsSpan());
        int lanes = Vector<float>.Count;
        Span<float> red = stackalloc float[lanes], green = stackalloc float[lanes], blue = stackalloc float[lanes];
        Span<int> newRed = stackalloc int[lanes], newGreen = stackalloc int[lanes], newBlue = stackalloc int[lanes];
        for (; !from.IsEmpty; from = from[lanes..], to = to[lanes..])
        {
            lanes = Math.Min(lanes, from.Length);
            for (int i = 0; i < lanes; i++)
                (red[i], green[i], blue[i]) = (tone[from[i].Red], tone[from[i].Green], tone[from[i].Blue]);

            (Vector<float> r, Vector<float> g, Vector<float> b) = (new(red), new(green), new(blue));
            if (factors.Saturation != 1)
                Saturate(ref r, ref g, ref b, factors.Saturation);
            if (factors.Hue != 0)
                TurnHue(ref r, ref g, ref b, factors.Hue);
            Vector.ConvertToInt32Native(r).CopyTo(newRed);
            Vector.ConvertToInt32Native(g).CopyTo(newGreen);
            Vector.ConvertToInt32Native(b).CopyTo(newBlue);
            for (int i = 0; i < lanes; i++)
                to[i] = new RgbPixel((byte)newRed[i], (byte)newGreen[i], (byte)newBlue[i]);
        }
        return result;
    }

    /// <summary>Brightness and contrast act on each value alone, so both become one table of 256 values.</summary>
    private static void DrawToneCurve(ReadOnlySpan<RgbPixel> pixels, ColourFactors factors, Span<float> curve)
    {
        for (int value = 0; value < 256; value++)
            curve[value] = Truncate(factors.Brightness * value);
        if (factors.Contrast == 1)
            return;

        Span<float> red = stackalloc float[256], green = stackalloc float[256], blue = stackalloc float[256];
        for (int value = 0; value < 256; value++)
            (red[value], green[value], blue[value]) = (RedShare * curve[value], GreenShare * curve[value], BlueShare * curve[value]);
        long sum = 0;
        foreach (ref readonly RgbPixel pixel in pixels)
            sum += (int)(red[pixel.Red] + green[pixel.Green] + blue[pixel.Blue]); // the luma, without its fraction
        float mean = (float)(sum / (double)pixels.Length);
        for (int value = 0; value < 256; value++)
            curve[value] = Truncate(factors.Contrast * curve[value] + (1 - factors.Contrast) * mean);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Saturate(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue, float saturation)
    {
        Vector<float> luma = Vector.Floor(RedShare * red + GreenShare * green + BlueShare * blue);
        red = Blend(red);
        green = Blend(green);
        blue = Blend(blue);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector<float> Blend(Vector<float> value) => Vector.Floor(
            Vector.Min(Vector.Max(saturation * value + (1 - saturation) * luma, Vector<float>.Zero), new Vector<float>(255)));
    }

    /// <summary>
    /// Turns the hue in HSV. A pixel keeps its largest and its smallest value; each channel lies between the two
    /// by its distance from the hue on the circle (in sixths: red 0, green 2, blue 4).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnHue(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue, float turn)
    {
        Vector<float> most = Vector.Max(red, Vector.Max(green, blue));
        Vector<float> chroma = most - Vector.Min(red, Vector.Min(green, blue));
        Vector<float> scale = Vector<float>.One / Vector.Max(chroma, Vector<float>.One); // greys have no chroma and no hue
        Vector<float> hue = Vector.ConditionalSelect(
            Vector.Equals(most, red),
            (green - blue) * scale,
            Vector.ConditionalSelect(
                Vector.Equals(most, green),
                (blue - red) * scale + new Vector<float>(2),
                (red - green) * scale + new Vector<float>(4)));
        hue += new Vector<float>(6 * turn);
        red = Channel(5);
        green = Channel(3);
        blue = Channel(1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector<float> Channel(float offset)
        {
            Vector<float> place = hue + new Vector<float>(offset);
            place -= 6 * Vector.Floor(place * (1 / 6f));
            Vector<float> share = Vector.Min(place, new Vector<float>(4) - place);
            share = Vector.Min(Vector.Max(share, Vector<float>.Zero), Vector<float>.One);
            return most - chroma * share + new Vector<float>(0.5f); // rounded where it is stored
        }
    }

    private static byte Truncate(float value) => (byte)Math.Clamp(value, 0f, 255f);
}
