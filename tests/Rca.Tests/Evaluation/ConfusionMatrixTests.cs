using Rca.Evaluation;
using Rca.Imaging.Masks;

namespace Rca.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    private const ushort I = LabelMap.Ignore;

    [Fact]
    public void AgreesWithTheNumbersByHand()
    {
        var matrix = new ConfusionMatrix(classes: 2);
        matrix.Add(prediction: Map(4, 0, 0, 1, 1, 2, 0, 2, 2), truth: Map(4, 0, 0, 0, 1, 1, 1, 2, 2));

        Assert.Equal(2, matrix[truth: 0, prediction: 0]);
        Assert.Equal(1, matrix[truth: 0, prediction: 1]);
        Assert.Equal(1, matrix[truth: 1, prediction: 2]);
        Assert.Equal(2.0 / 4, matrix.Iou(0)); // 2 hits; 3 true and 3 predicted
        Assert.Equal(1.0 / 4, matrix.Iou(1)); // 1 hit; 3 true and 2 predicted
        Assert.Equal(2.0 / 3, matrix.Iou(2)); // 2 hits; 2 true and 3 predicted
        Assert.Equal((0.5 + 0.25 + 2.0 / 3) / 3, matrix.MeanIou!.Value, 12);
        Assert.Equal(5.0 / 8, matrix.PixelAccuracy);
    }

    [Fact]
    public void AClassThatOccursNowhereHasNoIouAndIsNotInTheMean()
    {
        var matrix = new ConfusionMatrix(classes: 3);
        matrix.Add(Map(2, 0, 1), Map(2, 0, 2));

        Assert.Null(matrix.Iou(3));
        Assert.Equal(0.0, matrix.Iou(1)); // predicted alone
        Assert.Equal(0.0, matrix.Iou(2)); // true alone
        Assert.Equal(1.0 / 3, matrix.MeanIou!.Value, 12);
        Assert.Equal(["background", "cat", "dog"], matrix.ToReport(["cat", "dog", "cow"]).Labels.Select(label => label.Name));
    }

    [Fact]
    public void AnEmptyMatrixHasNoFigures()
    {
        var matrix = new ConfusionMatrix(classes: 1);
        matrix.Add(Map(2, 0, 1), Map(2, I, I));

        Assert.Null(matrix.MeanIou);
        Assert.Null(matrix.PixelAccuracy);
        Assert.Empty(matrix.ToReport().Labels);
        Assert.Equal(2, matrix.ToReport().IgnoredInTruth);
    }

    [Theory]
    [InlineData(IgnoredPrediction.CountAsWrong, 2.0 / 4, 3.0 / 5, "count as wrong")]
    [InlineData(IgnoredPrediction.LeaveOut, 2.0 / 3, 3.0 / 4, "are left out")]
    public void IgnoredPixelsFollowTheRule(IgnoredPrediction rule, double background, double accuracy, string words)
    {
        // Truth      0 0 0 | 1 1 | I
        // Prediction 0 0 I | 1 0 | 1      the last never counts
        var matrix = new ConfusionMatrix(1, new EvaluationOptions { IgnoredPrediction = rule });
        matrix.Add(Map(6, 0, 0, I, 1, 0, 1), Map(6, 0, 0, 0, 1, 1, I));
        var report = matrix.ToReport();

        Assert.Equal(background, matrix.Iou(0));
        Assert.Equal(1.0 / 2, matrix.Iou(1));
        Assert.Equal(accuracy, report.PixelAccuracy);
        Assert.Equal((1, 1), (report.IgnoredInTruth, report.IgnoredInPrediction));
        Assert.Contains("the prediction ignores " + words, report.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void ABandAlongTrueBordersIsLeftOut()
    {
        // One row, 8 pixels, border between the 4th and the 5th: a band of 1 leaves out these two, a band of 2 leaves out four.
        var truth = Map(8, 0, 0, 0, 0, 1, 1, 1, 1);
        var wrongAtTheBorder = Map(8, 0, 0, 0, 1, 0, 1, 1, 1);

        var report = Compare(1);
        Assert.Equal((2, 6, 1.0), (report.IgnoredAtBoundary, report.CountedPixels, report.MeanIou));
        Assert.Contains("1 pixels on each side of true borders", report.Rule, StringComparison.Ordinal);
        Assert.Equal(4, Compare(2).IgnoredAtBoundary);
        Assert.Equal(0, Compare(0).IgnoredAtBoundary);

        EvaluationReport Compare(int band)
        {
            var matrix = new ConfusionMatrix(1, new EvaluationOptions { BoundaryBand = band });
            matrix.Add(wrongAtTheBorder, truth);
            return matrix.ToReport();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void TheBandIsWhatTheDefinitionSays(int radius)
    {
        var random = new Random(radius);
        var map = new LabelMap(13, 9);
        for (var i = 0; i < map.Labels.Length; i++)
            map.Labels[i] = (ushort)(random.Next(12) == 0 ? 1 : i % 13 < 4 ? I : 0);

        var band = BoundaryBand.Find(map, radius);

        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 13; x++)
            {
                var expected = false;
                for (var v = Math.Max(0, y - radius); v <= Math.Min(8, y + radius); v++)
                    for (var u = Math.Max(0, x - radius); u <= Math.Min(12, x + radius); u++)
                        expected |= map.Labels[v * 13 + u] != map.Labels[y * 13 + x];
                Assert.Equal(expected, band[y * 13 + x]);
            }
    }

    [Fact]
    public void MergingIsAddingAll()
    {
        var (left, right, both) = (new ConfusionMatrix(2), new ConfusionMatrix(2), new ConfusionMatrix(2));
        var (a, b, c) = (Map(3, 0, 1, I), Map(3, 2, 1, 0), Map(3, I, 0, 2));
        left.Add(a, b);
        right.Add(b, c);
        both.Add(a, b);
        both.Add(b, c);

        left.Merge(right);

        Assert.Equivalent(both.ToReport(), left.ToReport());
        Assert.Throws<ArgumentException>(() => left.Merge(new ConfusionMatrix(3)));
        Assert.Throws<ArgumentException>(() => left.Merge(new ConfusionMatrix(2, new EvaluationOptions { BoundaryBand = 1 })));
    }

    [Fact]
    public void RefusesWhatDoesNotFitAndAddsNothing()
    {
        var matrix = new ConfusionMatrix(1);

        Assert.Contains("2×1, the truth 1×1", Assert.Throws<RcaException>(() => matrix.Add(Map(2, 0, 0), Map(1, 0))).Message, StringComparison.Ordinal);
        Assert.Contains("prediction has label 2", Assert.Throws<RcaException>(() => matrix.Add(Map(2, 0, 2), Map(2, 0, 0))).Message, StringComparison.Ordinal);
        Assert.Contains("truth has label 9", Assert.Throws<RcaException>(() => matrix.Add(Map(2, 0, 0), Map(2, 0, 9))).Message, StringComparison.Ordinal);
        Assert.Equal(0, matrix.ToReport().Images);
        Assert.Throws<RcaException>(() => new ConfusionMatrix(ConfusionMatrix.MaxClasses + 1));
        Assert.Throws<RcaException>(() => new ConfusionMatrix(1, new EvaluationOptions { BoundaryBand = -1 }));
    }

    private static LabelMap Map(int width, params ushort[] labels) => new(width, labels.Length / width, labels);
}
