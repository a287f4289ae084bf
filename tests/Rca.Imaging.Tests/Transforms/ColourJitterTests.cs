using System.Text.Json;
using Rca.Imaging.Transforms;

namespace Rca.Imaging.Tests.Transforms;

public class ColourJitterTests
{
    public static IEnumerable<TheoryDataRow<string>> Cases => Golden.Names("jitter.json");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Matches_torchvision_within_two(string name)
    {
        JsonElement golden = Golden.Case("jitter.json", name);
        var source = new Picture(golden.Int("width"), golden.Int("height"), 3, golden.Bytes("source"));
        var factors = new ColourFactors(
            golden.Float("brightness"), golden.Float("contrast"), golden.Float("saturation"), golden.Float("hue"));
        Golden.AssertWithin(2, golden.Bytes("result"), ColourJitter.Apply(source, factors).Pixels);
    }

    [Fact]
    public void Drawn_factors_fill_their_range_and_follow_the_seed()
    {
        var strengths = new ColourStrengths(Brightness: 0.4f, Contrast: 2, Saturation: 0, Hue: 0.1f);
        ColourFactors[] drawn = Draw(seed: 7);
        Assert.Equal(drawn, Draw(seed: 7));
        Assert.All(drawn, f =>
        {
            Assert.InRange(f.Brightness, 0.6f, 1.4f);
            Assert.InRange(f.Contrast, 0f, 3f);
            Assert.Equal(1, f.Saturation);
            Assert.InRange(f.Hue, -0.1f, 0.1f);
        });
        Assert.True(drawn.Max(f => f.Brightness) > 1.35f && drawn.Min(f => f.Brightness) < 0.65f);

        ColourFactors[] Draw(int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, 300).Select(_ => ColourJitter.Draw(random, strengths))];
        }
    }

    [Fact]
    public void Refuses_what_has_no_meaning()
    {
        Assert.Throws<ArgumentException>(() => ColourJitter.Apply(new Picture(1, 1, 4), new ColourFactors()));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColourJitter.Apply(new Picture(1, 1, 3), new ColourFactors(Hue: 0.6f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColourJitter.Apply(new Picture(1, 1, 3), new ColourFactors(Contrast: float.NaN)));
    }
}
