using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging.Masks;

namespace Rca.Tests.Evaluation;

public class PictureOutcomeTests
{
    private static readonly TaggedImage Image = new("a.png", "a.png", [0, 2], Split.Train, null);

    [Fact]
    public void SharesAreCountsByArea()
    {
        var outcome = PictureOutcome.Of(Image, new LabelMap(5, 2, [0, 0, 1, 1, 1, LabelMap.Ignore, 0, 0, LabelMap.Ignore, 2]), 0.1);
        Assert.Equal([new(0, 0.4f), new(1, 0.3f), new(2, 0.1f)], outcome.Shares);
        Assert.Equal(0.2, outcome.Ignored, 9);
        Assert.Equal(0.4, outcome.Foreground, 6);
        Assert.Equal([2], outcome.TagsWithoutPixels); // class 2 is label 3
        Assert.Equal(0, outcome.ShareOf(3));
    }

    [Theory]
    [InlineData(0.1, 0, false)]
    [InlineData(0.3, 0, true)] // no label wins clearly
    [InlineData(0.1, 4, true)] // half of it is ignored
    public void DoubtNeedsNoTruth(double doubt, int ignored, bool doubtful)
    {
        ushort[] labels = [.. Enumerable.Range(0, 8).Select(i => i < ignored ? LabelMap.Ignore : (ushort)(i % 2 == 0 ? 1 : 3))];
        Assert.Equal(doubtful, PictureOutcome.Of(Image, new LabelMap(4, 2, labels), doubt).IsDoubtful);
        Assert.True(PictureOutcome.Of(Image, new LabelMap(4, 2, [.. labels.Select(static label => label == 3 ? (ushort)1 : label)]), doubt).IsDoubtful, "a tag is lost");
    }

    [Fact]
    public void MeanIouIsThatOfTheConfusionMatrix()
    {
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            LabelMap mask = Noise(random, 6), truth = Noise(random, 4);
            var matrix = new ConfusionMatrix(9);
            matrix.Add(mask, truth);
            Assert.Equal(matrix.MeanIou!.Value, PictureOutcome.MeanIou(mask, truth, 9)!.Value, 12);
        }
        Assert.Null(PictureOutcome.MeanIou(new LabelMap(1, 1, [1]), new LabelMap(1, 1, [LabelMap.Ignore]), 2));
    }

    [Fact]
    public void ATallyKeepsTheOrderOfTheImages()
    {
        TaggedImage[] images = [.. Enumerable.Range(0, 9).Select(i => Image with { Name = $"{9 - i}.png" })];
        var tally = new OutcomeTally();
        foreach (TaggedImage image in images.Reverse().Where(static image => image.Name != "5.png")) tally.Add(new PictureOutcome(image, [], 0, 0));
        Assert.Equal(images.Where(static image => image.Name != "5.png"), tally.InOrder(images).Select(static outcome => outcome.Image));
    }

    private static LabelMap Noise(Random random, int labels) =>
        new(7, 5, [.. Enumerable.Range(0, 35).Select(_ => random.Next(8) == 0 ? LabelMap.Ignore : (ushort)random.Next(labels))]);
}
