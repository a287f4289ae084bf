namespace Rca.Imaging.Crf;

/// <summary>A rectangle of the picture. Its pixels are numbered row by row from <see cref="FirstPixel"/> on, one tile after the other.</summary>
internal readonly record struct PermutohedralTile(int X, int Y, int Width, int Height, int FirstPixel)
{
    /// <summary>The most pixels that a tile can have: the last of a row takes what rounding leaves.</summary>
    public const int MaxPixels = Side * (Side + Step - 1);

    // Nearly square tiles share few vertices, and the vertices of a few rows of one stay in the nearest cache.
    private const int Side = 80;

    // Columns start at whole vectors.
    private const int Step = 8;

    public int Pixels => Width * Height;

    public static PermutohedralTile[] Cut(int width, int height)
    {
        var (columns, rows) = ((width + Side - 1) / Side, (height + Side - 1) / Side);
        int Left(int column) => column == columns ? width : (int)((long)width * column / columns) / Step * Step;
        int Top(int row) => (int)((long)height * row / rows);
        var tiles = new PermutohedralTile[columns * rows];
        var pixels = 0;
        for (var i = 0; i < tiles.Length; i++)
        {
            var (row, column) = Math.DivRem(i, columns);
            tiles[i] = new PermutohedralTile(
                Left(column), Top(row), Left(column + 1) - Left(column), Top(row + 1) - Top(row), pixels);
            pixels += tiles[i].Pixels;
        }
        return tiles;
    }
}
