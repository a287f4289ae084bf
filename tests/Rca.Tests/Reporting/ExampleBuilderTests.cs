using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Labelling;
using Rca.Reporting;
using Rca.Segmentation;
using Rca.Torch;

namespace Rca.Tests.Reporting;

public sealed class ExampleBuilderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void HalfIsFromTrainAndEveryClassIsShown()
    {
        // Class 0 is on most images; classes 1 to 5 are rare and come late.
        TaggedImage[] images =
        [
            .. Many(Split.Train, 40, static i => i < 35 ? [0] : [i - 34]),
            .. Many(Split.Val, 40, static i => i < 35 ? [0] : [i - 34]),
            .. Many(Split.Test, 40, static _ => [0]),
        ];
        IReadOnlyList<TaggedImage> chosen = ExampleBuilder.Choose(images, 12);
        Assert.Equal(12, chosen.Distinct().Count());
        Assert.Equal(6, chosen.Count(static image => image.Split == Split.Train));
        Assert.Equal(Enumerable.Range(0, 6), chosen.SelectMany(static image => image.Tags).Distinct().Order());
        Assert.Equal(chosen.OrderBy(static image => image.Split), chosen);
        Assert.Equal(chosen, ExampleBuilder.Choose(images, 12));
    }

    [Fact]
    public void ValAndTestShareTheirHalf()
    {
        TaggedImage[] images = [.. Many(Split.Val, 9, static _ => [0]), .. Many(Split.Test, 9, static _ => [0]), .. Many(Split.Train, 9, static _ => [0])];
        Assert.Equal([4, 2, 2], ExampleBuilder.Choose(images, 8).CountBy(static image => image.Split).Select(static pair => pair.Value));
    }

    [Fact]
    public void WhatOnePartLacksTheOtherGives()
    {
        Assert.Equal(8, ExampleBuilder.Choose([.. Many(Split.Train, 20, static _ => [0])], 8).Count);
        Assert.Equal(5, ExampleBuilder.Choose([.. Many(Split.Train, 1, static _ => [0]), .. Many(Split.Test, 9, static _ => [1])], 5).Count);
        Assert.Single(ExampleBuilder.Choose([.. Many(Split.Train, 1, static _ => [0]), .. Many(Split.Val, 3, static _ => [])], 5));
        Assert.Empty(ExampleBuilder.Choose([]));
    }

    [Fact]
    public void TheHeatMapTakesTheStrongestClass() =>
        Assert.Equal([1f, 0.5f], ExampleBuilder.Strongest(new ActivationMap(2, 1, [0, 3], [1f, 0.25f, 0f, 0.5f])));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MakesRowsWithAllColumnsAndPassesOverUnreadablePictures(bool aggregation)
    {
        var image = new TaggedImage("a.png", _folder.Picture("a.png", width: 40, height: 24), [1], Split.Train, _folder.Mask("m.png", 40, 24, new ushort[960]));
        var foreign = image with { Name = "b.png", MaskPath = _folder.Mask("n.png", 40, 24, [.. Enumerable.Repeat((ushort)9, 960)]) };
        var broken = image with { Name = "c.png", Path = _folder.Text("c.png", "no picture") };

        var compute = new Compute("cpu", Precision.Fp32);
        var options = new ClassificationOptions { Width = 0.125, Aggregation = true };
        using var scope = new TensorScope();
        var model = new ClassificationModel(2, aggregation ? options : options.AsCam());
        var labelling = new LabellingOptions { Scales = [1], Crf = null };
        var builder = new ExampleBuilder(
            model, new ActivationMapper(model, 32, labelling with { Flip = false }, compute), new PseudoLabeller(labelling),
            new Segmenter(new DeepLabV2(3, new SegmentationOptions { Width = 0.125 }), ["cat", "dog"], 32, new PredictionOptions { Scales = [1], Crf = null }, compute));

        IReadOnlyList<Example> rows = builder.Build([image, foreign, broken], TestContext.Current.CancellationToken);
        Assert.Equal(["a.png", "b.png"], rows.Select(static row => row.Name));
        Assert.Equal((40, 24), (rows[0].FinalMap!.Width, rows[0].FinalMap!.Height));
        Assert.Equal(aggregation, rows[0].FirstMap is not null);
        Assert.All([rows[0].PseudoLabel, rows[0].Prediction, rows[0].Truth], static map => Assert.Equal((40, 24), (map!.Width, map.Height)));
        Assert.Null(rows[1].Truth); // its label 9 belongs to no class
    }

    private static IEnumerable<TaggedImage> Many(Split split, int count, Func<int, int[]> tags) =>
        Enumerable.Range(0, count).Select(i => new TaggedImage($"{split}/{i}.png", $"{split}/{i}.png", tags(i), split, null));
}
