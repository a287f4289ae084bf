namespace Rca.Imaging;

/// <summary>For each place of a resized line, the source places that it blends and their weights (which add up to one).</summary>
internal sealed class TriangleFilter
{
    private readonly int[] firsts;
    private readonly int[] counts;
    private readonly float[] weights;
    private readonly int most;

    public TriangleFilter(int sourceLength, int targetLength)
    {
        double scale = (double)sourceLength / targetLength;
        double support = Math.Max(scale, 1);
        most = Math.Min((int)Math.Ceiling(support) * 2 + 1, sourceLength);
        firsts = new int[targetLength];
        counts = new int[targetLength];
        weights = new float[(long)most * targetLength];
        for (int i = 0; i < targetLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int first = Math.Max((int)(centre - support + 0.5), 0);
            int count = Math.Min((int)(centre + support + 0.5), sourceLength) - first;
            (firsts[i], counts[i]) = (first, count);

            Span<float> line = weights.AsSpan(i * most, count);
            double sum = 0;
            for (int k = 0; k < count; k++)
                sum += line[k] = (float)Math.Max(0, 1 - Math.Abs(first + k + 0.5 - centre) / support);
            for (int k = 0; k < count; k++)
                line[k] = (float)(line[k] / sum);
        }
    }

    public ReadOnlySpan<float> Weights(int target, out int first)
    {
        first = firsts[target];
        return weights.AsSpan(target * most, counts[target]);
    }
}
