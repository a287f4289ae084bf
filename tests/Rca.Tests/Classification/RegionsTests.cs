using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class RegionsTests : SingleThread
{
    [Fact]
    public void VectorsAreMeansOverTheMaskOfEachTaggedClass()
    {
        const int L = 3, D = 5, area = 12;
        Tensor maps = Values.Normal(1, 2, L, 3, 4), features = Values.Normal(2, 2, D, 3, 4);
        IReadOnlyList<int>[] tags = [[0, 2], [1]];
        var regions = Regions.Find(maps, tags);
        Assert.Equal([0, 0, 1], regions.Pictures);
        Assert.Equal([0, 2, 1], regions.Classes);
        float[] p = maps.ToArray<float>(), f = features.ToArray<float>(), expected = new float[3 * D];
        for (int r = 0; r < 3; r++)
        {
            float[] map = p[((regions.Pictures[r] * L + regions.Classes[r]) * area)..][..area];
            int[] inside = [.. Enumerable.Range(0, area).Where(i => map[i] > map.Average())];
            for (int d = 0; d < D; d++) expected[r * D + d] = inside.Average(i => f[(regions.Pictures[r] * D + d) * area + i]);
        }
        // Sums of at most twelve floats of about 1.
        Values.AssertClose(expected, regions.Pool(features).ToArray<float>(), 1e-6);
    }

    [Fact]
    public void UntaggedPicturesHaveNoRegion()
    {
        var regions = Regions.Find(Values.Normal(1, 3, 2, 2, 2), [[], [1], []]);
        Assert.Equal([1], regions.Pictures);
        Assert.Equal(0, Regions.Find(Values.Normal(1, 1, 2, 2, 2), [[]]).Count);
    }

    [Fact]
    public void AConstantMapGivesAFiniteVector()
    {
        var regions = Regions.Find(Tensor.Full([1, 1, 4, 4], 0.25), [[0]]);
        Assert.Equal([0f, 0f], regions.Pool(Values.Normal(3, 1, 2, 4, 4)).ToArray<float>()); // nothing is above its own mean
    }

    [Fact]
    public void GradientsReachTheFeaturesInsideTheMaskOnly()
    {
        Tensor maps = Tensor.From([1f, 0, 0, 0], 1, 1, 2, 2).WithGrad(), features = Values.Normal(4, 1, 1, 2, 2).WithGrad();
        Regions.Find(maps, [[0]]).Pool(features).Sum().Backward();
        Assert.Null(maps.Grad);
        Assert.Equal([1f, 0, 0, 0], features.Grad!.ToArray<float>());
    }
}
