namespace Rca.Imaging.Overlays;

/// <summary>Shows values between 0 and 1, such as activations, over the picture that they belong to.</summary>
public static class HeatMap
{
    private const int Steps = 256;
    private const float Opacity = 0.6f;

    /// <summary>
    /// Night blue, violet, crimson, orange, light yellow, in Oklab (lightness, green to red, blue to yellow): equal steps of lightness and
    /// nearly equal distances, so that equal differences of a value look equal, in grey print and to colour-blind eyes too.
    /// </summary>
    private static readonly (float L, float A, float B)[] Anchors =
        [(0.25f, 0.023f, -0.087f), (0.42f, 0.109f, -0.130f), (0.59f, 0.189f, 0.017f), (0.76f, 0.086f, 0.123f), (0.93f, -0.023f, 0.128f)];

    private static readonly (byte Red, byte Green, byte Blue)[] Colours = [.. Enumerable.Range(0, Steps).Select(i => At((float)i / (Steps - 1)))];

    /// <summary>The colour of a value; below 0 (and not a number) is taken as 0, above 1 as 1.</summary>
    public static (byte Red, byte Green, byte Blue) Colour(float value) =>
        Colours[value > 0 ? (int)(Math.Min(value, 1) * (Steps - 1) + 0.5f) : 0];

    /// <summary>Blends the colours of a map into the grey version of a picture.</summary>
    /// <param name="rgb">Three channels.</param>
    /// <param name="map">Height × Width values, 0 to 1.</param>
    /// <exception cref="ArgumentException">The picture is not RGB, or the map has another number of values than the picture pixels.</exception>
    public static Picture Draw(Picture rgb, ReadOnlySpan<float> map)
    {
        if (rgb.Channels != 3)
            throw new ArgumentException($"An RGB picture was expected, this one has {rgb.Channels} channel(s).", nameof(rgb));
        if (map.Length != rgb.Width * rgb.Height)
            throw new ArgumentException($"The picture has {rgb.Width}×{rgb.Height} pixels, the map {map.Length} values; they must be as many.", nameof(map));

        var result = new Picture(rgb.Width, rgb.Height, 3);
        for (int i = 0; i < map.Length; i++)
        {
            ReadOnlySpan<byte> pixel = rgb.Pixels.AsSpan(3 * i, 3);
            float grey = (0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2]) * (1 - Opacity) + 0.5f;
            var (red, green, blue) = Colour(map[i]);
            result.Pixels[3 * i] = (byte)(grey + red * Opacity);
            result.Pixels[3 * i + 1] = (byte)(grey + green * Opacity);
            result.Pixels[3 * i + 2] = (byte)(grey + blue * Opacity);
        }
        return result;
    }

    private static (byte Red, byte Green, byte Blue) At(float value)
    {
        float place = value * (Anchors.Length - 1);
        int segment = Math.Min((int)place, Anchors.Length - 2);
        var (from, to, share) = (Anchors[segment], Anchors[segment + 1], place - segment);
        return ToSrgb(from.L + (to.L - from.L) * share, from.A + (to.A - from.A) * share, from.B + (to.B - from.B) * share);
    }

    /// <summary>Oklab to sRGB, as Björn Ottosson defines it (2020).</summary>
    private static (byte Red, byte Green, byte Blue) ToSrgb(float lightness, float a, float b)
    {
        float l = Cube(lightness + 0.3963377774f * a + 0.2158037573f * b);
        float m = Cube(lightness - 0.1055613458f * a - 0.0638541728f * b);
        float s = Cube(lightness - 0.0894841775f * a - 1.2914855480f * b);
        return (Gamma(4.0767416621f * l - 3.3077115913f * m + 0.2309699292f * s),
            Gamma(-1.2684380046f * l + 2.6097574011f * m - 0.3413193965f * s),
            Gamma(-0.0041960863f * l - 0.7034186147f * m + 1.7076147010f * s));
    }

    private static float Cube(float x) => x * x * x;

    private static byte Gamma(float linear)
    {
        float value = linear <= 0.0031308f ? 12.92f * linear : 1.055f * MathF.Pow(linear, 1 / 2.4f) - 0.055f;
        return (byte)(Math.Clamp(value, 0, 1) * 255 + 0.5f);
    }
}
