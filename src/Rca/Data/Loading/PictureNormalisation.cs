namespace Rca.Data.Loading;

/// <summary>How a network needs its pictures: (value / 255 - mean) / deviation, in each of red, green and blue.</summary>
/// <param name="Mean">Three means, 0 to 1.</param>
/// <param name="Deviation">Three deviations, above 0.</param>
public sealed record PictureNormalisation(IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    /// <summary>That of ImageNet, which all networks here are given.</summary>
    public static PictureNormalisation ImageNet { get; } = new([0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>Per channel, the factor and then the summand that lead from pictures normalised as <see cref="ImageNet"/> to this.</summary>
    internal (float[] Factors, float[] Summands) FromImageNet() =>
        ([.. ImageNet.Deviation.Zip(Deviation, static (theirs, ours) => theirs / ours)],
         [.. Enumerable.Range(0, 3).Select(channel => (ImageNet.Mean[channel] - Mean[channel]) / Deviation[channel])]);
}
