namespace Rca.Imaging.Masks;

/// <summary>
/// The colours of PASCAL VOC: the bits of a label, three at a time from the lowest, become the bits of red, green and blue from the highest.
/// Background is black, label 255 (ignore) a yellowish white.
/// </summary>
public static class VocPalette
{
    /// <summary>The colour of a label.</summary>
    /// <param name="label">Any label from 0; the rule has 24 bits and repeats beyond. <see cref="LabelMap.Ignore"/> takes the colour of 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">The label is negative.</exception>
    public static (byte Red, byte Green, byte Blue) Colour(int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        if (label == LabelMap.Ignore)
            label = 255;
        int red = 0, green = 0, blue = 0;
        for (int bit = 7; bit >= 0; bit--, label >>= 3)
        {
            red |= (label & 1) << bit;
            green |= (label >> 1 & 1) << bit;
            blue |= (label >> 2 & 1) << bit;
        }
        return ((byte)red, (byte)green, (byte)blue);
    }
}
