using Rca.Evaluation;
using Rca.Imaging.Masks;

namespace Rca.Tests.Evaluation;

public sealed class MaskEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EqualsTheMatrixOfTheSameMasksInMemory()
    {
        var random = new Random(1);
        var expected = new ConfusionMatrix(2);
        for (var i = 0; i < 20; i++)
        {
            var (prediction, truth) = (Noise(random), Noise(random));
            expected.Add(new LabelMap(5, 4, prediction), new LabelMap(5, 4, truth));
            _folder.Mask($"pred/{i % 3}/{i}.png", 5, 4, prediction);
            _folder.Mask($"true/{i % 3}/{i}.png", 5, 4, truth);
        }
        _folder.Mask("pred/unknown.png", 1, 1, 0); // a prediction without truth is not looked at

        var report = Evaluate("pred", "true", ["cat", "dog"]);

        Assert.Equivalent(expected.ToReport(["cat", "dog"]), report);
        Assert.Equal(20, report.Images);
        Assert.Equal(["background", "class 1", "class 2"], Evaluate("pred", "true").Labels.Select(label => label.Name));
    }

    [Fact]
    public void ComparesTheNamedMasksAlone()
    {
        _folder.Mask("pred/a.png", 2, 1, 0, 1);
        _folder.Mask("true/a.png", 2, 1, 0, 1);
        _folder.Mask("true/b.png", 2, 1, 0, 1);

        Assert.Equal(1.0, Evaluate("pred", "true", names: ["a.png"]).MeanIou);
        var mistake = Assert.Throws<RcaException>(() => Evaluate("pred", "true", names: ["c.png"]));
        Assert.Contains("true masks are missing for 1 of 1 pictures: c.png", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ListsUpToTenMissingPredictions()
    {
        for (var i = 0; i < 14; i++)
            _folder.Mask($"true/{i:D2}.png", 1, 1, 0);
        _folder.Mask("pred/00.png", 1, 1, 0);

        var mistake = Assert.Throws<RcaException>(() => Evaluate("pred", "true"));

        Assert.Contains("predicted masks are missing for 13 of 14 pictures: 01.png, 02.png", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("10.png, ...", mistake.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("11.png", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesMasksThatDoNotFitOrCannotBeRead()
    {
        _folder.Mask("true/size.png", 2, 1, 0, 0);
        _folder.Mask("pred/size.png", 1, 2, 0, 0);
        _folder.Mask("true/label.png", 1, 1, 0);
        _folder.Mask("pred/label.png", 1, 1, 7);
        _folder.Mask("true/text.png", 1, 1, 0);
        _folder.Text("pred/text.png", "no picture");

        var mistake = Assert.Throws<RcaException>(() => Evaluate("pred", "true", ["cat"]));

        Assert.Contains("size.png: The prediction is 1×2, the truth 2×1", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("label.png: The prediction has label 7; expected 0 (background) to 1", mistake.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.At("pred/text.png"), mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaysWhatIsMissingWhereThereAreNoMasks()
    {
        Directory.CreateDirectory(_folder.At("empty"));

        Assert.Contains("no such folder", Assert.Throws<RcaException>(() => Evaluate("none", "empty")).Message, StringComparison.Ordinal);
        Assert.Contains("no mask to compare", Assert.Throws<RcaException>(() => Evaluate("empty", "empty")).Message, StringComparison.Ordinal);
    }

    private EvaluationReport Evaluate(string prediction, string truth, string[]? classes = null, string[]? names = null) =>
        MaskEvaluation.Run(_folder.At(prediction), _folder.At(truth), classes, names: names, cancellation: TestContext.Current.CancellationToken);

    private static ushort[] Noise(Random random) =>
        [.. Enumerable.Range(0, 20).Select(_ => random.Next(4) is var label && label == 3 ? LabelMap.Ignore : (ushort)label)];
}
