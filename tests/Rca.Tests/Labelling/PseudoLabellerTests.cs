using Rca.Classification;
using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Labelling;
using Rca.Torch;

namespace Rca.Tests.Labelling;

public sealed class PseudoLabellerTests : SingleThread
{
    private static readonly LabellingOptions WithoutCrf = new() { Crf = null };

    /// <summary>The published code's decisions with saliency and CRF on two pictures.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void LabelsEqualThePublishedDecisions(int number)
    {
        using WeightFile golden = Safetensors.Read(Values.GoldenPath("pseudo_label.safetensors"));
        byte[] Bytes(string name) => golden.Tensors[$"{number}.{name}"].ToArray<byte>();
        int height = (int)golden.Tensors[$"{number}.label"].Size(0), width = (int)golden.Tensors[$"{number}.label"].Size(1);
        var map = new ActivationMap(width, height, [4, 11], [.. Bytes("map_class4").Concat(Bytes("map_class11")).Select(static v => v / 255f)]);
        LabelMap labels = new PseudoLabeller(new LabellingOptions())
            .Label(SwapRedAndBlue(new Picture(width, height, 3, Bytes("image_rgb"))), map, new Picture(width, height, 1, Bytes("saliency")));
        byte[] expected = Bytes("label");
        int equal = Enumerable.Range(0, expected.Length).Count(i => (expected[i] == 255 ? LabelMap.Ignore : expected[i]) == labels.Labels[i]);
        // The published CRF sees blue first, and its lattice is not quite symmetric in the colours. Ours agrees with it to about 1e-3 of
        // probability: pixels on a threshold may fall on either side.
        Assert.True(equal >= 0.999 * expected.Length, $"{equal} of {expected.Length} pixels are equal");
    }

    [Fact]
    public void WithoutSaliencyTheBackgroundIsTheFourthPowerOfWhatIsLeft()
    {
        // (1 - 0.25)^4 = 0.316 wins, (1 - 0.3)^4 = 0.24 loses.
        LabelMap labels = Label(WithoutCrf, Map([2], [0.25f, 0.3f, 0, 1]));
        Assert.Equal([0, 3, 0, 3], labels.Labels);
        Assert.Equal([0, 0, 0, 3], Label(WithoutCrf with { Alpha = 1 }, Map([2], [0.25f, 0.3f, 0, 1])).Labels);
    }

    [Fact]
    public void ALearntBackgroundTakesThePlaceOfTheFormula()
    {
        ActivationMap map = Map([2], [0.25f, 0.6f, 0, 1]) with { Background = [0.75f, 0.4f, 1, 0] };
        Assert.Equal([0, 3, 0, 3], Label(WithoutCrf with { Alpha = 100 }, map).Labels);
    }

    [Fact]
    public void ASmallThingThatTheCrfWipesOutStaysWhereBackgroundIsLearnt()
    {
        // One pixel of 64 in a picture of one colour.
        float[] values = [.. Enumerable.Range(0, 64).Select(static i => i == 27 ? 0.6f : 0.05f)];
        var map = new ActivationMap(8, 8, [0], values) { Background = [.. values.Select(static v => 1 - v)] };
        var options = new LabellingOptions { Background = new() };
        LabelMap labels = new PseudoLabeller(options).Label(new Picture(8, 8, 3), map);
        Assert.Equal([27], Enumerable.Range(0, 64).Where(i => labels.Labels[i] == 1));
        Assert.DoesNotContain(LabelMap.Ignore, labels.Labels);
    }

    [Fact]
    public void TheLikelierClassWins() =>
        Assert.Equal([1, 5, 5, 1], Label(WithoutCrf, Map([0, 4], [0.8f, 0.3f, 0.5f, 1, 0.5f, 0.7f, 1, 0.2f])).Labels);

    [Fact]
    public void BackgroundThatIsSalientIsIgnored()
    {
        ActivationMap map = Map([0], [1, 0, 0, 0]);
        var saliency = new Picture(2, 2, 1, [255, 31, 32, 0]);
        Assert.Equal([1, 0, LabelMap.Ignore, 0], Label(WithoutCrf, map, saliency).Labels);
    }

    [Fact]
    public void WithSaliencyTheBackgroundIsItsComplement()
    {
        // Class scores, after (1 - max)^4 was the background: 0.3/(0.3 + 0.24) = 0.56, 0.15/(0.15 + 0.52) = 0.22, 0.56, 1.
        ActivationMap map = Map([0], [0.3f, 0.15f, 0.3f, 1]);
        // Against backgrounds of 0.4, 0.4 (salient, hence ignored), 0.9 and 0.
        Assert.Equal([1, LabelMap.Ignore, 0, 1], Label(WithoutCrf, map, new Picture(2, 2, 1, [153, 153, 25, 255])).Labels);
    }

    [Fact]
    public void AClassAndASaliencyThatContradictEachOtherMakeAPixelIgnored()
    {
        // Scores of class 0: 0.99999 twice, 0.83, 0.78; backgrounds 0.92 (conflict), 0.76, 1 (claimed), 1.
        ActivationMap map = Map([0], [0.95f, 0.95f, 0.45f, 0.42f]);
        Assert.Equal([LabelMap.Ignore, 1, LabelMap.Ignore, 0], Label(WithoutCrf, map, new Picture(2, 2, 1, [20, 60, 0, 0])).Labels);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)] // one of a hundred pixels is not under 1 %
    public void AnAlmostEmptyPictureGetsNoLabels(int foreground, bool ignored)
    {
        var values = new float[100];
        Array.Fill(values, 1f, 0, foreground);
        LabelMap labels = new PseudoLabeller(WithoutCrf).Label(new Picture(10, 10, 3), new ActivationMap(10, 10, [0], values));
        Assert.Equal(ignored, labels.Labels.All(static l => l == LabelMap.Ignore));
        Assert.Equal(foreground, labels.Labels.Count(static l => l == 1));
    }

    [Fact]
    public void APictureWithoutTagsIsBackground()
    {
        ActivationMap map = Map([], []);
        Assert.Equal(new ushort[4], Label(new LabellingOptions(), map, new Picture(2, 2, 1, [255, 255, 255, 255])).Labels);
        Assert.Equal(new ushort[4], new PseudoLabeller(WithoutCrf).FromMaps(map).Labels);
    }

    [Fact]
    public void MapsAloneAreJudgedWithoutIgnoring() =>
        Assert.Equal([2, 1, 2, 0], new PseudoLabeller(new LabellingOptions()).FromMaps(Map([0, 1], [0.95f, 0.95f, 0.5f, 0, 0.96f, 0.9f, 0.95f, 0])).Labels);

    /// <summary>Doubt of two classes on four pixels, by hand: 1 − the highest of scores that sum to 1.</summary>
    [Fact]
    public void DoubtIsWhatTheWinnersLeave()
    {
        ActivationMap map = Map([0, 4], [0.8f, 0.3f, 0.5f, 1, 0.5f, 0.7f, 1, 0]);
        double expected = 0;
        for (int i = 0; i < 4; i++)
        {
            double[] scores = [Math.Pow(1 - Math.Max(map.Values[i], map.Values[4 + i]), 4), map.Values[i], map.Values[4 + i]];
            expected += (1 - scores.Max() / scores.Sum()) / 4;
        }
        new PseudoLabeller(WithoutCrf).Label(new Picture(2, 2, 3), map, null, 0, out double doubt);
        Assert.Equal(expected, doubt, 6);
        Assert.InRange(doubt, 0.2, 0.3); // the pixels' own: 0.385, 0.305, 0.333, 0
    }

    [Fact]
    public void WhereNothingIsToBeDecidedThereIsNoDoubt()
    {
        new PseudoLabeller(new LabellingOptions()).Label(new Picture(2, 2, 3), Map([], []), null, 0, out double untagged);
        new PseudoLabeller(WithoutCrf).Label(new Picture(2, 2, 3), Map([0], [1, 1, 1, 1]), new Picture(2, 2, 1, [255, 255, 255, 255]), 0, out double certain);
        Assert.Equal((0.0, 0.0), (untagged, certain));
    }

    private static Picture SwapRedAndBlue(Picture picture)
    {
        for (int i = 0; i < picture.Pixels.Length; i += 3) Array.Reverse(picture.Pixels, i, 3);
        return picture;
    }

    private static ActivationMap Map(int[] classes, float[] values) => new(2, 2, classes, values);

    private static LabelMap Label(LabellingOptions options, ActivationMap map, Picture? saliency = null) =>
        new PseudoLabeller(options).Label(new Picture(map.Width, map.Height, 3), map, saliency);
}
