using Rca.Data;
using Rca.Data.Loading;
using Rca.Samples;

namespace Rca.Tests.Data.Loading;

public sealed class DatasetReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheFolderSaysWhichLayoutItIs()
    {
        _folder.Picture("own/images/a.jpg");
        _folder.Text("own/tags.csv", "image,tags\na,cat\n");
        SampleVoc.Write(_folder.At("VOCdevkit/VOC2012"));
        SampleCoco.Write(_folder.At("coco"));

        Assert.Equal(DatasetLayout.Folder, DatasetReader.Load(_folder.At("own")).Layout);
        Assert.Equal(DatasetLayout.Voc, DatasetReader.Load(_folder.At("VOCdevkit/VOC2012")).Layout);
        Assert.Equal(DatasetLayout.Coco, DatasetReader.Load(_folder.At("coco")).Layout);
        Assert.Contains($"Did you mean {_folder.At("VOCdevkit/VOC2012")}?", Refused(_folder.Path));
        Assert.Contains($"Did you mean {_folder.At("VOCdevkit/VOC2012")}?", Refused(_folder.At("VOCdevkit/VOC2012/JPEGImages")));
        Assert.Contains("there is no such folder. Expected images/ and tags.csv; or ImageSets/Segmentation/", Refused(_folder.At("none")));
    }

    [Theory]
    [InlineData("train_aug", null, null, "--split-list chooses a list of PASCAL VOC, but")]
    [InlineData(null, "tags.txt", null, "--tags names tags for PASCAL VOC, but")]
    [InlineData(null, null, 2014, "--year chooses a year of COCO, but")]
    public void ChoicesOfAnotherLayoutAreRefused(string? list, string? tags, int? year, string message)
    {
        _folder.Picture("images/a.jpg");
        _folder.Text("tags.csv", "image,tags\na,cat\n");
        Assert.Contains(message, Refused(_folder.Path, new DatasetOptions { SplitList = list, Tags = tags, Year = year }));
    }

    [Fact]
    public void AListOutsideTheTreeIsRefused()
    {
        SampleVoc.Write(_folder.Path);
        Assert.Contains("The list '../val' is a path", Refused(_folder.Path, new DatasetOptions { SplitList = "../val" }));
        Assert.Contains("valid.txt is missing", Refused(_folder.Path, new DatasetOptions { SplitList = "valid" }));
    }

    private static string Refused(string folder, DatasetOptions? options = null)
    {
        Assert.False(DatasetCheck.Run(folder, options, cancellation: TestContext.Current.CancellationToken).CanTrain);
        return Assert.Throws<RcaException>(() => DatasetReader.Load(folder, options)).Message;
    }
}
