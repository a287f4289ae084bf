namespace Rca.Imaging.Transforms;

/// <summary>For each wanted place of a resized line, the source places that it blends and their weights (which add up to one).</summary>
internal sealed class TriangleFilter
{
    private readonly int[] _firsts;
    private readonly int[] _counts;
    private readonly float[] _weights;

    /// <param name="sourceLength">Places of the whole source line.</param>
    /// <param name="targetLength">Places of the whole resized line.</param>
    /// <param name="wanted">The places of the resized line in use; at least one.</param>
    public TriangleFilter(int sourceLength, int targetLength, Stretch wanted)
    {
        double scale = (double)sourceLength / targetLength;
        double support = Math.Max(scale, 1);
        Most = Math.Min((int)Math.Ceiling(support) * 2 + 1, sourceLength);
        _firsts = new int[wanted.Count];
        _counts = new int[wanted.Count];
        _weights = new float[(long)Most * wanted.Count];
        (Start, End) = (sourceLength, 0);
        for (int i = 0; i < wanted.Count; i++)
        {
            double centre = (wanted.First + wanted.Step * i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int count = Math.Min((int)(centre + support + 0.5), sourceLength) - first;
            (_firsts[i], _counts[i]) = (first, count);
            (Start, End) = (Math.Min(Start, first), Math.Max(End, first + count));

            Span<float> line = _weights.AsSpan(i * Most, count);
            double sum = 0;
            for (int k = 0; k < count; k++)
                sum += line[k] = (float)Math.Max(0, 1 - Math.Abs(first + k + 0.5 - centre) / support);
            for (int k = 0; k < count; k++)
                line[k] = (float)(line[k] / sum);
        }
    }

    /// <summary>Most source places that one place blends.</summary>
    public int Most { get; }

    /// <summary>The first source place of each wanted place.</summary>
    public ReadOnlySpan<int> Firsts => _firsts;

    /// <summary><see cref="Most"/> weights for each wanted place, zeros where it blends fewer.</summary>
    public ReadOnlySpan<float> Table => _weights;

    /// <summary>The first source place that any wanted place blends.</summary>
    public int Start { get; }

    /// <summary>The place behind the last one.</summary>
    public int End { get; }

    /// <summary>The weights of the wanted place at <paramref name="index"/>, from source place <paramref name="first"/> on.</summary>
    public ReadOnlySpan<float> Weights(int index, out int first)
    {
        first = _firsts[index];
        return _weights.AsSpan(index * Most, _counts[index]);
    }
}
