using Rca.Computing;

namespace Rca.Tests.Computing;

public sealed class SeedsTests
{
    [Fact]
    public void EveryPartAndTheirOrderCount()
    {
        int[] seeds =
        [
            Seeds.Derive(1), Seeds.Derive(2), Seeds.Derive(1, 0), Seeds.Derive(1, 1), Seeds.Derive(1, 0, 0), Seeds.Derive(1, 0, 1), Seeds.Derive(1, 1, 0), Seeds.Derive(-1),
        ];
        Assert.Equal(seeds.Length, seeds.Distinct().Count());
        Assert.All(seeds, static seed => Assert.True(seed >= 0));
        Assert.Equal(Seeds.Derive(7, 3, 4), Seeds.Derive(7, 3, 4));
        Assert.Equal(Seeds.Generator(7, 3).Next(), Seeds.Generator(7, 3).Next());
    }

    [Fact]
    public void NeighboursAreFarApart()
    {
        // The first draw of a thousand neighbouring images: even over ten bins. Five standard deviations of a bin of 100 are 47.
        var bins = Enumerable.Range(0, 1000).Select(static i => Seeds.Generator(0, 0, 0, i).Next(10)).CountBy(static bin => bin).ToDictionary();
        for (int bin = 0; bin < 10; bin++) Assert.InRange(bins.GetValueOrDefault(bin), 53, 147);
    }
}
