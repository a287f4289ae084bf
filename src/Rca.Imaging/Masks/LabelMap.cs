namespace Rca.Imaging.Masks;

/// <summary>
/// One label for each pixel, rows from the top: 0 is background, class c (counted from 0) is c + 1,
/// <see cref="Ignore"/> marks pixels that take part in neither training nor evaluation.
/// </summary>
public sealed class LabelMap
{
    /// <summary>The label of pixels without a label. Files store it as 255 (8 bit) or 65535 (16 bit).</summary>
    public const ushort Ignore = ushort.MaxValue;

    /// <summary>Wraps <paramref name="labels"/> without a copy.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="labels">Height × Width labels.</param>
    /// <exception cref="ArgumentException">The sizes do not fit the array.</exception>
    public LabelMap(int width, int height, ushort[] labels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (labels.LongLength != (long)width * height)
            throw new ArgumentException($"A {width}×{height} label map has {(long)width * height} labels, not {labels.LongLength}.", nameof(labels));
        (Width, Height, Labels) = (width, height, labels);
    }

    /// <summary>A label map of background.</summary>
    public LabelMap(int width, int height)
        : this(width, height, new ushort[checked(width * height)])
    {
    }

    /// <summary>The label with the highest score at each pixel; of equal ones the first.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="scores">Labels × Height × Width.</param>
    /// <param name="labels">The labels in the order of their scores, at least one.</param>
    public static LabelMap Likeliest(int width, int height, ReadOnlySpan<float> scores, ReadOnlySpan<ushort> labels)
    {
        var map = new LabelMap(width, height);
        int area = width * height;
        for (int i = 0; i < area; i++)
        {
            int best = 0;
            for (int k = 1; k < labels.Length; k++)
                if (scores[k * area + i] > scores[best * area + i]) best = k;
            map.Labels[i] = labels[best];
        }
        return map;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The labels, Height × Width, row-major.</summary>
    public ushort[] Labels { get; }
}
