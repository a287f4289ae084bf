using Rca.Data;
using Rca.Data.Folder;
using Rca.Data.Loading;
using Rca.Imaging.Masks;

namespace Rca.Tests.Data.Loading;

public sealed class DatasetCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void CountsSplitsClassesAndSizes()
    {
        _folder.Picture("images/a.jpg", 10, width: 8, height: 6);
        _folder.Picture("images/b.png", 20, width: 20, height: 4);
        _folder.Picture("images/c.jpg", 30, width: 9, height: 9);
        _folder.Mask("masks/c.png", 9, 9, new ushort[81]);
        _folder.Text("tags.csv", "image,tags,split\na,cat;dog,train\nb,cat,val\nc,,test\n");

        var report = Check();

        Assert.Equal([new SplitCount(Split.Train, 1, 0, 0), new SplitCount(Split.Val, 1, 0, 0), new SplitCount(Split.Test, 1, 1, 1)], report.Splits);
        Assert.Equal([new ClassCount("cat", 1, 1, 0), new ClassCount("dog", 1, 0, 0)], report.Classes);
        Assert.Equal(new SizeRange(8, 20, 4, 9), report.Sizes);
        Assert.Equal(["no tags"], report.Problems.Select(problem => problem.Kind));
        Assert.True(report.CanTrain);
    }

    /// <summary>As many tools write masks: 255 for the object.</summary>
    [Theory]
    [InlineData(255, true)]
    [InlineData(1, false)]
    public void MasksWithoutAClassAreNamed(int label, bool named)
    {
        _folder.Picture("images/a.jpg", 10, width: 8, height: 6);
        _folder.Mask("masks/a.png", 8, 6, [.. Enumerable.Range(0, 48).Select(i => i < 20 ? (ushort)0 : label == 255 ? LabelMap.Ignore : (ushort)label)]);
        _folder.Text("tags.csv", "image,tags\na,cat\n");
        Assert.Equal(named, Check().Problems.Any(static problem => problem.Kind == "masks show no class" && problem.Message.Contains("None of the 1 true masks")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void UnreadablePicturesStopTrainingOnlyWhereNoneIsLeft(bool oneIsLeft)
    {
        _folder.Picture("images/a.jpg");
        var whole = File.ReadAllBytes(_folder.Picture("images/b.png", 50, width: 40, height: 40));
        _folder.Bytes("images/b.png", whole[..(whole.Length / 2)]);
        _folder.Text("tags.csv", $"image,tags,split\na,cat,{(oneIsLeft ? "train" : "val")}\nb,cat,train\n");

        Assert.Empty(FolderDataset.Load(_folder.Path).Problems); // loading opens no picture
        var report = Check();

        var problem = report.Problems.Single(problem => problem.Kind == "unreadable picture");
        Assert.Contains(_folder.At("images/b.png"), problem.Message, StringComparison.Ordinal);
        Assert.Equal(oneIsLeft ? 1 : 2, report.Problems.Count);
        Assert.Equal(oneIsLeft, report.CanTrain);
    }

    [Fact]
    public void FindsEqualFilesWithinAndAcrossSplits()
    {
        foreach (var name in (string[])["a", "b", "c", "d"])
            _folder.Picture($"images/{name}.png", shade: (byte)(name == "d" ? 1 : 2));
        _folder.Text("tags.csv", "image,tags,split\na,cat,train\nb,cat,train\nc,cat,test\nd,cat,test\n");

        var problems = Check().Problems;

        Assert.Contains("images/b.png is the same file as images/a.png", problems.Single(p => p.Kind == "duplicate picture").Message, StringComparison.Ordinal);
        Assert.Contains("images/c.png (Test) is the same file as images/a.png (Train)", problems.Single(p => p.Kind == "duplicate picture across splits").Message, StringComparison.Ordinal);
        Assert.Equal(2, problems.Count);
    }

    [Fact]
    public void ComparesMasksWithPicturesTagsAndClasses()
    {
        _folder.Picture("images/size.png", 1, width: 2, height: 2);
        _folder.Picture("images/label.png", 2, width: 2, height: 2);
        _folder.Picture("images/tag.png", 3, width: 2, height: 2);
        _folder.Picture("images/good.png", 4, width: 2, height: 2);
        _folder.Picture("images/colour.png", 5, width: 2, height: 2);
        _folder.Mask("masks/size.png", 4, 1, 0, 0, 0, 1);
        _folder.Mask("masks/label.png", 2, 2, 0, 1, 3, 65535);
        _folder.Mask("masks/tag.png", 2, 2, 0, 1, 2, 0);
        _folder.Mask("masks/good.png", 2, 2, 0, 1, 65535, 0);
        _folder.Picture("masks/colour.png", 5, width: 2, height: 2);
        _folder.Text("tags.csv", "image,tags\nsize,cat\nlabel,cat\ntag,cat\ngood,cat;dog\ncolour,cat\n");

        var problems = Check().Problems.OrderBy(p => p.Kind, StringComparer.Ordinal).ToList();

        Assert.Equal(["mask label", "mask size", "mask without tag", "unreadable mask"], problems.Select(p => p.Kind));
        Assert.Contains("masks/label.png has label 3; expected 0 (background) to 2", problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("masks/size.png is 4×1, its picture 2×2", problems[1].Message, StringComparison.Ordinal);
        Assert.Contains("masks/tag.png shows dog, which the tags do not name", problems[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReportsEvenWhereNothingCanBeLoaded()
    {
        var report = DatasetCheck.Run(_folder.At("none"), cancellation: TestContext.Current.CancellationToken);

        Assert.False(report.CanTrain);
        Assert.Null(report.Sizes);
        Assert.All(report.Splits, split => Assert.Equal(0, split.Images));
    }

    [Fact]
    public void TellsProgressAndStopsWhenAsked()
    {
        _folder.Picture("images/a.jpg", 1);
        _folder.Picture("images/b.jpg", 2);
        _folder.Text("tags.csv", "image,tags\na,cat\nb,cat\n");
        var progress = new Collected();

        DatasetCheck.Run(_folder.Path, progress: progress, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal([(1, 2), (2, 2)], progress.Reports.Order());
        Assert.ThrowsAny<OperationCanceledException>(() => DatasetCheck.Run(_folder.Path, cancellation: new CancellationToken(canceled: true)));
    }

    private DatasetReport Check() => DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken);

    private sealed class Collected : IProgress<(int Done, int Total)>
    {
        public List<(int Done, int Total)> Reports { get; } = [];

        public void Report((int Done, int Total) value)
        {
            lock (Reports)
                Reports.Add(value);
        }
    }
}
