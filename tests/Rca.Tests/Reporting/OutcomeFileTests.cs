using Rca.Data;
using Rca.Evaluation;
using Rca.Reporting;
using Rca.Text;

namespace Rca.Tests.Reporting;

public sealed class OutcomeFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheMostDoubtfulComeFirstAndEveryFigureHasItsColumn()
    {
        PictureOutcome sure = Outcome("sure.png", 0.05) with { Iou = 0.9, Agreement = 0.75 };
        PictureOutcome unsure = Outcome("unsure.png", 0.3), lost = Outcome("lost.png", 0.01, [0, 1]);
        var rows = Write([("train", sure), ("val", unsure), ("train", lost)], ["dog", "cat"]);
        Assert.Equal(["unsure.png", "lost.png", "sure.png"], rows.Select(static row => row["image"]));
        Assert.Equal(
            ["train", "sure.png", "dog", "no", "0.05", "0.125", "0.25", "", "0.75", "0.9", "background=0.625;dog=0.25"], OutcomeFile.Columns.Select(column => rows[2][column]));
        Assert.Equal(("yes", "dog;cat", "cat"), (rows[1]["doubtful"], rows[1]["tags"], rows[1]["tags_without_pixels"]));
        Assert.Equal(("", ""), (rows[0]["iou"], rows[0]["agreement"]));
    }

    [Fact]
    public void NamesWithCommasQuotesAndLineEndsComeBack()
    {
        const string name = "a,\"b\"\nc.png", dog = "the \"dog\", mine";
        var row = Assert.Single(Write([("train", Outcome(name, 0))], [dog]));
        Assert.Equal((name, dog, $"background=0.625;{dog}=0.25"), (row["image"], row["tags"], row["shares"]));
    }

    [Fact]
    public void AnErrorLeavesNothing()
    {
        Directory.CreateDirectory(_folder.At("taken"));
        Assert.Throws<RcaException>(() => OutcomeFile.Write(_folder.At("taken"), [("train", Outcome("a.png", 0))], ["dog"]));
        Assert.Equal([_folder.At("taken")], Directory.GetFileSystemEntries(_folder.Path));
    }

    private static PictureOutcome Outcome(string name, double doubt, int[]? tags = null) =>
        new(new TaggedImage(name, name, tags ?? [0], Split.Train, null), [new(0, 0.625f), new(1, 0.25f)], 0.125, doubt);

    private List<Dictionary<string, string>> Write((string, PictureOutcome)[] outcomes, string[] classes)
    {
        string path = _folder.At("out.csv");
        OutcomeFile.Write(path, outcomes, classes);
        using var text = new StreamReader(path);
        CsvRecord[] records = [.. CsvReader.Read(text)];
        Assert.All(records, static record => Assert.Null(record.Mistake));
        return [.. records.Skip(1).Select(record => records[0].Fields.Zip(record.Fields).ToDictionary(static pair => pair.First, static pair => pair.Second))];
    }
}
