namespace Rca.Imaging.Masks;

/// <summary>
/// Fills polygons by COCO's rule. The outline is walked on a grid five times as fine, corners rounded to it. Where the walk passes from one
/// column of that grid to the next in the middle of a picture column, the mask changes its value in this column at the height of the
/// passage. The order of rounding decides pixels along the outline, so that every step here is that of pycocotools.
/// </summary>
internal sealed class PolygonRasteriser
{
    private const int Scale = 5;
    private const double LargestCoordinate = 1e8;
    private const long LongestOutline = 1 << 26; // in fine steps, 13 million pixels: half a second and bounded memory

    private readonly int _width, _height;
    private readonly List<int> _changes = [];
    private (int U, int V)? _before;

    private PolygonRasteriser(int width, int height) => (_width, _height) = (width, height);

    /// <summary>The inside of one polygon.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="polygon">x and y of its corners in turn.</param>
    /// <param name="outline">Length of the outlines of the mask's polygons so far, in fine steps; this one's is added.</param>
    /// <exception cref="MaskException">There are fewer than three corners, or coordinates are out of range, or the outlines are too long.</exception>
    public static RunLengthMask Fill(int width, int height, ReadOnlySpan<double> polygon, ref long outline)
    {
        (int X, int Y)[] corners = Corners(polygon, ref outline);
        var walk = new PolygonRasteriser(width, height);
        for (int i = 0; i < corners.Length; i++) walk.Edge(corners[i], corners[(i + 1) % corners.Length]);
        return new RunLengthMask(width, height, walk.Runs());
    }

    private static (int X, int Y)[] Corners(ReadOnlySpan<double> polygon, ref long outline)
    {
        if (polygon.Length < 6 || polygon.Length % 2 != 0)
            throw new MaskException($"a polygon has {polygon.Length} numbers; expected x and y of at least three corners");
        foreach (double number in polygon)
            if (!(Math.Abs(number) <= LargestCoordinate)) throw new MaskException($"a polygon has the coordinate {number}; expected pixels");
        var corners = new (int X, int Y)[polygon.Length / 2];
        for (int i = 0; i < corners.Length; i++) corners[i] = (Fine(polygon[2 * i]), Fine(polygon[2 * i + 1]));
        for (int i = 0; i < corners.Length; i++)
        {
            var (from, to) = (corners[i], corners[(i + 1) % corners.Length]);
            outline += Math.Max(Math.Abs((long)to.X - from.X), Math.Abs((long)to.Y - from.Y)) + 1;
        }
        if (outline > LongestOutline) throw new MaskException($"the outline of the polygons is {outline / Scale:N0} pixels long; expected at most {LongestOutline / Scale:N0}");
        return corners;

        static int Fine(double coordinate) => (int)(Scale * coordinate + .5);
    }

    private void Edge((int X, int Y) from, (int X, int Y) to)
    {
        int dx = Math.Abs(to.X - from.X), dy = Math.Abs(to.Y - from.Y), steps = Math.Max(dx, dy);
        bool flat = dx >= dy, back = flat ? from.X > to.X : from.Y > to.Y;
        if (back) (from, to) = (to, from);
        double slope = steps == 0 ? 0 : flat ? (double)(to.Y - from.Y) / dx : (double)(to.X - from.X) / dy;
        for (int d = 0; d <= steps; d++)
        {
            int t = back ? steps - d : d;
            Visit(flat ? (t + from.X, (int)(from.Y + slope * t + .5)) : ((int)(from.X + slope * t + .5), t + from.Y));
        }
    }

    private void Visit((int U, int V) point)
    {
        if (_before is { } before && before.U != point.U)
        {
            double x = ((point.U < before.U ? point.U : point.U - 1) + .5) / Scale - .5;
            if (x == Math.Floor(x) && x >= 0 && x < _width)
            {
                double y = (Math.Min(point.V, before.V) + .5) / Scale - .5;
                _changes.Add((int)x * _height + (int)Math.Ceiling(Math.Clamp(y, 0, _height)));
            }
        }
        _before = point;
    }

    /// <summary>The lengths from change to change; two changes at one place undo each other.</summary>
    private int[] Runs()
    {
        _changes.Add(_width * _height);
        _changes.Sort();
        List<int> runs = [_changes[0]];
        for (int i = 1; i < _changes.Count; i++)
        {
            if (_changes[i] > _changes[i - 1]) runs.Add(_changes[i] - _changes[i - 1]);
            else if (++i < _changes.Count) runs[^1] += _changes[i] - _changes[i - 1];
        }
        return [.. runs];
    }
}
