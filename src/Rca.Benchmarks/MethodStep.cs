using Rca.Classification;
using Rca.Torch;

namespace Rca.Benchmarks;

/// <summary>What the method adds to a step beside its network and gathering, as the trainer does it: regions, contrast with its gradient, memory.</summary>
internal static class MethodStep
{
    /// <summary>Makes it, inside a scope of the caller's.</summary>
    /// <param name="memory">The memory, which it updates.</param>
    /// <param name="tags">Tagged classes of each picture.</param>
    /// <param name="images">Index of each picture in the data set.</param>
    /// <param name="features">F, (B, D, H, W).</param>
    /// <param name="maps">P, (B, L, H, W).</param>
    /// <param name="projected">g, (B, D, H, W), which takes the gradient.</param>
    /// <param name="options">Threshold, temperature and concentration.</param>
    /// <param name="mixing">Partners and weights; null draws them.</param>
    /// <returns>The loss.</returns>
    public static Tensor Make(
        RegionalMemory memory, IReadOnlyList<int>[] tags, int[] images, Tensor features, Tensor maps, Tensor projected, ClassificationOptions options,
        SemanticContrast.Mixing? mixing = null)
    {
        var regions = Regions.Find(maps, tags, options.RegionThreshold);
        Tensor f = regions.Pool(features), queries = regions.Pool(projected);
        var (keys, keyClasses) = memory.Keys();
        Tensor nce = SemanticContrast.Loss(
            queries, regions, mixing ?? SemanticContrast.Draw(regions, options.MixupConcentration, new Random(1)), keys, keyClasses, options.ContrastTemperature);
        nce.Backward();
        memory.Update(regions, images, maps.Mean([2, 3]), f, queries);
        return nce;
    }

    /// <summary>Standard normal values in place of what a network would make.</summary>
    public static Tensor Noise(Device device, params long[] shape)
    {
        Tensor noise = Tensor.Zeros(shape, device: device);
        noise.Normal_(0, 1);
        return noise;
    }
}
