namespace Rca.Imaging.Masks;

/// <summary>
/// A binary mask as the lengths of its runs, in COCO's order: columns from the left, in each column pixels from the top. Runs of zeros and
/// ones take turns; the first is of zeros and may be empty.
/// </summary>
public sealed class RunLengthMask
{
    private readonly int[] _runs;

    /// <summary>Wraps runs without a copy: COCO's uncompressed RLE.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="runs">Lengths that sum to width × height.</param>
    /// <exception cref="MaskException">The size is not that of a picture, or the runs do not fill it exactly.</exception>
    public RunLengthMask(int width, int height, int[] runs)
    {
        RequireSize(width, height);
        long sum = 0;
        foreach (int run in runs)
        {
            if (run < 0) throw new MaskException($"a run has the length {run}; expected 0 or more");
            sum += run;
        }
        if (sum != (long)width * height)
            throw new MaskException($"the runs have {sum:N0} pixels together; a {width}×{height} mask has {(long)width * height:N0}");
        (Width, Height, _runs) = (width, height, runs);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The lengths.</summary>
    public ReadOnlySpan<int> Runs => _runs;

    /// <summary>Number of ones: what pycocotools calls the mask's area.</summary>
    public int Area
    {
        get
        {
            int area = 0;
            for (int i = 1; i < _runs.Length; i += 2) area += _runs[i];
            return area;
        }
    }

    /// <summary>The mask of an object that polygons outline, pixel for pixel that of pycocotools: the union of their filled insides.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="polygons">For each polygon x and y of its corners in turn, in pixels from the upper left corner; what lies outside is cut off.</param>
    /// <exception cref="MaskException">There is no polygon, one has fewer than three corners, coordinates are out of range, or the outlines are too long together.</exception>
    public static RunLengthMask FromPolygons(int width, int height, IReadOnlyList<double[]> polygons)
    {
        RequireSize(width, height);
        if (polygons.Count == 0) throw new MaskException("there is no polygon; expected at least one");
        var masks = new RunLengthMask[polygons.Count];
        long outline = 0;
        for (int i = 0; i < masks.Length; i++) masks[i] = PolygonRasteriser.Fill(width, height, polygons[i], ref outline);
        // In pairs, then pairs of pairs: the runs of no polygon are merged more often than log2 of their number.
        for (long step = 1; step < masks.Length; step *= 2)
            for (long i = 0; i + step < masks.Length; i += 2 * step) masks[i] = masks[i].Union(masks[i + step]);
        return masks[0];
    }

    /// <summary>Reads COCO's compressed RLE.</summary>
    /// <inheritdoc cref="RunLengthMask(int, int, int[])"/>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="text">The ASCII text that COCO stores under <c>counts</c>.</param>
    public static RunLengthMask FromCompressed(int width, int height, ReadOnlySpan<byte> text) => new(width, height, RunLengthText.Decode(text));

    /// <summary>The text of COCO's compressed RLE.</summary>
    public string ToCompressed() => RunLengthText.Encode(_runs);

    /// <summary>Ones where this mask or the other has one; found by merging the runs.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public RunLengthMask Union(RunLengthMask other)
    {
        if ((Width, Height) != (other.Width, other.Height))
            throw new ArgumentException($"A {Width}×{Height} and a {other.Width}×{other.Height} mask have no union.", nameof(other));
        var runs = new List<int>();
        var (mine, its) = (new RunReader(_runs), new RunReader(other._runs));
        int length = 0;
        bool one = false;
        for (int left = Width * Height; left > 0;)
        {
            bool next = mine.IsOne | its.IsOne;
            if (next != one)
            {
                runs.Add(length);
                (length, one) = (0, next);
            }
            int step = Math.Min(mine.Left, its.Left);
            mine.Take(step);
            its.Take(step);
            length += step;
            left -= step;
        }
        runs.Add(length);
        return new RunLengthMask(Width, Height, [.. runs]);
    }

    /// <summary>Gives all pixels of the mask a label.</summary>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public void Paint(LabelMap map, ushort label)
    {
        if ((Width, Height) != (map.Width, map.Height))
            throw new ArgumentException($"A {Width}×{Height} mask does not fit a {map.Width}×{map.Height} label map.", nameof(map));
        for (int i = 0, start = 0; i < _runs.Length; start += _runs[i++])
            if (i % 2 == 1)
                for (int p = start; p < start + _runs[i]; p++) map.Labels[p % Height * Width + p / Height] = label;
    }

    private static void RequireSize(int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height > PictureLimits.Default.MaxPixels)
            throw new MaskException($"the size is {width}×{height}; expected at least 1×1 and at most {PictureLimits.Default.MaxPixels:N0} pixels");
    }

    /// <summary>Stands in the runs of a mask, never at an empty one unless all are used up.</summary>
    private struct RunReader
    {
        private readonly int[] _runs;
        private int _at;

        public RunReader(int[] runs)
        {
            _runs = runs;
            Left = runs[0];
            SkipEmpty();
        }

        public int Left { get; private set; }

        public readonly bool IsOne => _at % 2 == 1;

        public void Take(int count)
        {
            Left -= count;
            SkipEmpty();
        }

        private void SkipEmpty()
        {
            while (Left == 0 && _at < _runs.Length - 1) Left = _runs[++_at];
        }
    }
}
