namespace Rca.Imaging.Transforms;

/// <summary>A part of a picture, which may lie partly or wholly outside it.</summary>
/// <param name="Left">The first column; may be negative.</param>
/// <param name="Top">The first row; may be negative.</param>
/// <param name="Width">Width in pixels, at least 1.</param>
/// <param name="Height">Height in pixels, at least 1.</param>
/// <param name="Mirrored">Shows the part with left and right exchanged.</param>
public readonly record struct Window(int Left, int Top, int Width, int Height, bool Mirrored = false)
{
    /// <summary>The columns of the window that lie inside a picture of some width.</summary>
    internal Stretch Columns(int width) => Stretch.Inside(Left, Width, width, Mirrored);

    /// <summary>The rows of the window that lie inside a picture of some height.</summary>
    internal Stretch Rows(int height) => Stretch.Inside(Top, Height, height, isReversed: false);
}

/// <summary>The places along one side of a window that lie inside the picture.</summary>
/// <param name="At">Where they begin in the window.</param>
/// <param name="First">The picture's place shown at the first of them.</param>
/// <param name="Step">From one to the next: 1, or -1 where the window is mirrored.</param>
/// <param name="Count">How many.</param>
internal readonly record struct Stretch(int At, int First, int Step, int Count)
{
    public static Stretch Inside(int start, int length, int pictureLength, bool isReversed)
    {
        // long, as start + length may exceed an int
        int first = Math.Max(start, 0), end = (int)Math.Min((long)start + length, pictureLength);
        if (first >= end) return default;
        return isReversed
            ? new Stretch((int)((long)start + length - end), end - 1, -1, end - first)
            : new Stretch(first - start, first, 1, end - first);
    }
}
