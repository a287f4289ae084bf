namespace Rca.Imaging;

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

        byte[] tone = ToneCurve(rgb.Pixels, factors);
        var result = new Picture(rgb.Width, rgb.Height, 3);
        byte[] from = rgb.Pixels, to = result.Pixels;
        for (int i = 0; i + 2 < from.Length; i += 3)
        {
            byte red = tone[from[i]], green = tone[from[i + 1]], blue = tone[from[i + 2]];
            if (factors.Saturation != 1)
            {
                float grey = (1 - factors.Saturation) * Luma(red, green, blue);
                red = Truncate(factors.Saturation * red + grey);
                green = Truncate(factors.Saturation * green + grey);
                blue = Truncate(factors.Saturation * blue + grey);
            }
            if (factors.Hue != 0)
                (red, green, blue) = TurnHue(red, green, blue, factors.Hue);
            (to[i], to[i + 1], to[i + 2]) = (red, green, blue);
        }
        return result;
    }

    /// <summary>Brightness and contrast act on each value alone, so both become one table of 256 values.</summary>
    private static byte[] ToneCurve(byte[] pixels, ColourFactors factors)
    {
        var curve = new byte[256];
        for (int value = 0; value < 256; value++)
            curve[value] = Truncate(factors.Brightness * value);
        if (factors.Contrast == 1)
            return curve;

        long sum = 0;
        for (int i = 0; i + 2 < pixels.Length; i += 3)
            sum += Luma(curve[pixels[i]], curve[pixels[i + 1]], curve[pixels[i + 2]]);
        float mean = (float)(sum * 3.0 / pixels.Length);
        for (int value = 0; value < 256; value++)
            curve[value] = Truncate(factors.Contrast * curve[value] + (1 - factors.Contrast) * mean);
        return curve;
    }

    /// <summary>
    /// A turn of the hue in HSV keeps a pixel's largest and smallest value and moves between them which channel holds which;
    /// only the one in the middle is computed.
    /// </summary>
    private static (byte Red, byte Green, byte Blue) TurnHue(byte red, byte green, byte blue, float turn)
    {
        byte most = Math.Max(red, Math.Max(green, blue)), least = Math.Min(red, Math.Min(green, blue));
        int chroma = most - least;
        if (chroma == 0)
            return (red, green, blue);
        // The hue in sixths of a turn.
        float hue = most == red ? (green - blue) / (float)chroma
            : most == green ? 2 + (blue - red) / (float)chroma
            : 4 + (red - green) / (float)chroma;
        hue += 6 * turn;
        hue -= 6 * MathF.Floor(hue / 6);
        int sixth = (int)hue;
        float part = hue - sixth;
        byte rising = (byte)(least + chroma * part + 0.5f), falling = (byte)(most - chroma * part + 0.5f);
        return sixth switch
        {
            1 => (falling, most, least),
            2 => (least, most, rising),
            3 => (least, falling, most),
            4 => (rising, least, most),
            5 => (most, least, falling),
            _ => (most, rising, least), // 0, and 6 where rounding reaches the full turn
        };
    }

    private static byte Luma(byte red, byte green, byte blue) => (byte)(RedShare * red + GreenShare * green + BlueShare * blue);

    private static byte Truncate(float value) => (byte)Math.Clamp(value, 0f, 255f);
}
