namespace Rca.Imaging;

/// <summary>For each place of a resized line, the source places that it blends and their weights (which add up to one).</summary>
internal sealed class TriangleFilter
{
    private readonly int[] _firsts;
    private readonly int[] _counts;
    private readonly float[] _weights;
    private readonly int _most;

    public TriangleFilter(int sourceLength, int targetLength)
    {
        double scale = (double)sourceLength / targetLength;
        double support = Math.Max(scale, 1);
        _most = Math.Min((int)Math.Ceiling(support) * 2 + 1, sourceLength);
        _firsts = new int[targetLength];
        _counts = new int[targetLength];
        _weights = new float[(long)_most * targetLength];
        for (int i = 0; i < targetLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int count = Math.Min((int)(centre + support + 0.5), sourceLength) - first;
            (_firsts[i], _counts[i]) = (first, count);

            Span<float> line = _weights.AsSpan(i * _most, count);
            double sum = 0;
            for (int k = 0; k < count; k++)
                sum += line[k] = (float)Math.Max(0, 1 - Math.Abs(first + k + 0.5 - centre) / support);
            for (int k = 0; k < count; k++)
                line[k] = (float)(line[k] / sum);
        }
    }

    public ReadOnlySpan<float> Weights(int target, out int first)
    {
        first = _firsts[target];
        return _weights.AsSpan(target * _most, _counts[target]);
    }
}
