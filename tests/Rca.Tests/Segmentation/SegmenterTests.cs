using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;
using Rca.Segmentation;
using Rca.Torch;

namespace Rca.Tests.Segmentation;

public sealed class SegmenterTests : SingleThread
{
    [Theory]
    [InlineData(45, 31, true)]
    [InlineData(45, 31, false)]
    [InlineData(1, 40, true)]
    [InlineData(1300, 20, false)] // larger than the largest side
    public void PredictionsHaveThePicturesSize(int width, int height, bool crf)
    {
        using DeepLabV2 model = Model(4);
        LabelMap map = Make(model, crf).Predict([Noise(width, height, 1)])[0];
        Assert.Equal((width, height), (map.Width, map.Height));
        Assert.All(map.Labels, static l => Assert.InRange(l, 0, 3));
    }

    [Fact]
    public void PicturesTogetherEqualPicturesAlone()
    {
        using DeepLabV2 model = Model(4);
        Segmenter segmenter = Make(model, crf: false);
        Picture[] pictures = [Noise(32, 24, 1), Noise(32, 24, 2)];
        LabelMap[] together = segmenter.Predict(pictures);
        for (int i = 0; i < 2; i++)
        {
            ushort[] alone = segmenter.Predict([pictures[i]])[0].Labels;
            // Other kernels for another batch size, in float32: a pixel where two labels are equally likely may fall on either side.
            Assert.True(alone.Zip(together[i].Labels, static (a, b) => a == b).Count(static same => same) >= 0.99 * alone.Length);
        }
    }

    [Fact]
    public void AMirroredPictureHasAMirroredPrediction()
    {
        using DeepLabV2 model = Model(4);
        Segmenter segmenter = Make(model, crf: false);
        Picture picture = Noise(40, 24, 3);
        ushort[] labels = segmenter.Predict([picture])[0].Labels;
        LabelMap mirrored = PictureTransforms.FlipHorizontally(segmenter.Predict([PictureTransforms.FlipHorizontally(picture)])[0]);
        Assert.True(labels.Zip(mirrored.Labels, static (a, b) => a == b).Count(static same => same) >= 0.98 * labels.Length); // as above
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void UnderItsTagsAPictureHasNothingElse(bool crf)
    {
        using DeepLabV2 model = Model(4);
        Segmenter segmenter = Make(model, crf);
        Picture[] pictures = [Noise(32, 24, 1), Noise(32, 24, 2), Noise(32, 24, 3)];
        Segmenter.Unrefined[] scored = [.. segmenter.Score(pictures, [[1], [], [0, 2]]).SelectMany(static lot => lot)];
        int[][] possible = [[0, 2], [0], [0, 1, 3]];
        for (int i = 0; i < 3; i++)
            Assert.All(segmenter.Refine(scored[i], threads: 1).Labels, label => Assert.Contains((int)label, possible[i]));
        Assert.Equal(0, scored[1].Doubt, 6);

        // The likeliest of the possible labels, by the probabilities without tags.
        Segmenter.Unrefined free = Make(model, crf: true).Score([pictures[2]]).Single()[0];
        int area = free.Winners.Labels.Length;
        for (int at = 0; at < area; at++)
            Assert.Equal(possible[2].MaxBy(label => free.Scores[label * area + at]), scored[2].Winners.Labels[at]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DoubtIsWhatTheLikeliestLabelsLeave(bool crf)
    {
        using DeepLabV2 model = Model(4);
        Segmenter.Unrefined scored = new Segmenter(model, Names, 32, new PredictionOptions { BackgroundWeight = 1 }, Fp32).Score([Noise(32, 24, 1)]).Single()[0];
        int area = scored.Winners.Labels.Length;
        Assert.Equal(4, scored.Candidates.Length); // a fresh network thinks everything likely, so that all probabilities are here
        double expected = Enumerable.Range(0, area).Average(i => 1 - Enumerable.Range(0, 4).Max(k => (double)scored.Scores[k * area + i]));
        Assert.Equal(expected, Make(model, crf).Score([Noise(32, 24, 1)]).Single()[0].Doubt, 4);
    }

    [Theory]
    [InlineData(0.5, false)]
    [InlineData(3, false)]
    [InlineData(0.5, true)]
    public void BackgroundCountsAsMuchAsItsWeight(double weight, bool underTags)
    {
        using DeepLabV2 model = Model(4);
        Picture picture = Noise(32, 24, 1);
        int[] labels = underTags ? [0, 1, 3] : [0, 1, 2, 3];
        Segmenter.Unrefined plain = Scored(1), weighted = Scored(weight);
        int area = plain.Winners.Labels.Length;
        for (int at = 0; at < area; at++)
        {
            float[] expected = [.. labels.Select((_, k) => (k == 0 ? (float)weight : 1) * plain.Scores[k * area + at])];
            for (int k = 0; k < labels.Length; k++) Assert.Equal(expected[k] / expected.Sum(), weighted.Scores[k * area + at], 1e-5);
            Assert.Equal(labels[Array.IndexOf(expected, expected.Max())], weighted.Winners.Labels[at]);
        }
        Assert.NotEqual(plain.Winners.Labels, weighted.Winners.Labels);
        if (weight == 0.5) Assert.Equal(weighted.Scores, Scored(null).Scores); // the network's own
        Assert.Equal(plain.Doubt, weighted.Doubt, 6);

        Segmenter.Unrefined Scored(double? weight) =>
            new Segmenter(model, Names, 32, new PredictionOptions { BackgroundWeight = weight }, Fp32).Score([picture], underTags ? [[0, 2]] : null).Single()[0];
    }

    /// <summary>With many labels none is likely, and still the likeliest one wins, with the CRF too.</summary>
    [Fact]
    public void OneOfManyLabelsWins()
    {
        const int labels = 300, chosen = 217;
        using DeepLabV2 model = Model(labels);
        TinyRuns.Favour(model, chosen, score: 1);
        foreach (bool crf in (bool[])[false, true])
            Assert.All(Make(model, crf).Predict([Noise(24, 24, 1)])[0].Labels, static l => Assert.Equal(chosen, l));
    }

    private static DeepLabV2 Model(int labels)
    {
        TorchRuntime.Seed(2);
        return new DeepLabV2(labels, TinyRuns.Segmentation with { BackgroundWeight = 0.5 });
    }

    private Segmenter Make(DeepLabV2 model, bool crf)
    {
        var options = new PredictionOptions();
        return new Segmenter(model, Names, 32, crf ? options : options with { Crf = null }, Fp32);
    }

    private static readonly string[] Names = ["cat", "dog", "cow"];

    private static Picture Noise(int width, int height, int seed)
    {
        var picture = new Picture(width, height, 3);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }
}
