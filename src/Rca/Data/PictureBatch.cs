using Rca.Imaging;

namespace Rca.Data;

/// <summary>Pictures of one size as the network wants them: RGB, minus ImageNet's mean, divided by its deviation.</summary>
public sealed class PictureBatch
{
    /// <summary>Mean of red, green and blue over ImageNet, in 0..1.</summary>
    internal static readonly float[] Mean = [0.485f, 0.456f, 0.406f];

    /// <summary>Their deviation.</summary>
    internal static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    /// <summary>Value of each byte in each channel after normalisation.</summary>
    private static readonly float[] Normalised = [.. from channel in Enumerable.Range(0, 3)
                                                     from value in Enumerable.Range(0, 256)
                                                     select (value / 255f - Mean[channel]) / Deviation[channel]];

    /// <summary>The colour that normalises to (nearly) zero, for padding.</summary>
    public static ReadOnlySpan<byte> MeanColour => [124, 116, 104];

    /// <summary>A batch with room for <paramref name="count"/> pictures, each yet to be set.</summary>
    public PictureBatch(int count, int width, int height)
    {
        (Count, Width, Height) = (count, width, height);
        Values = GC.AllocateUninitializedArray<float>(checked(count * width * height * 3));
    }

    /// <summary>Number of pictures, B.</summary>
    public int Count { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Normalised values, B × H × W × 3.</summary>
    public float[] Values { get; }

    /// <summary>Normalises one RGB picture into its place.</summary>
    public void Set(int index, Picture rgb)
    {
        if (rgb.Width != Width || rgb.Height != Height || rgb.Channels != 3)
            throw new ArgumentException($"The batch takes {Width}×{Height} RGB pictures, not {rgb.Width}×{rgb.Height} with {rgb.Channels} channels.", nameof(rgb));
        ReadOnlySpan<byte> from = rgb.Pixels;
        Span<float> to = Values.AsSpan(index * from.Length, from.Length);
        ReadOnlySpan<float> red = Normalised.AsSpan(0, 256), green = Normalised.AsSpan(256, 256), blue = Normalised.AsSpan(512, 256);
        for (int i = 0; i + 2 < to.Length; i += 3)
        {
            to[i] = red[from[i]];
            to[i + 1] = green[from[i + 1]];
            to[i + 2] = blue[from[i + 2]];
        }
    }
}
