using System.Text;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Data.Voc;
using Rca.Imaging.Masks;
using Rca.Samples;

namespace Rca.Tests.Data.Voc;

public sealed class VocDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public VocDatasetTests() => SampleVoc.Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsListsPicturesTagsAndMasks()
    {
        var dataset = DatasetReader.Load(_folder.Path);

        Assert.Equal(DatasetLayout.Voc, dataset.Layout);
        Assert.Empty(dataset.Problems);
        Assert.Equal(VocClasses.Names, dataset.Classes);
        Assert.Equal(["2007_000001.jpg", "2007_000002.jpg", "2007_000003.jpg", "2007_000004.jpg", "2007_000005.jpg"], dataset.Of(Split.Train).Select(i => i.Name));
        Assert.Equal(["2007_000008.jpg", "2007_000009.jpg", "2007_000010.jpg"], dataset.Of(Split.Val).Select(i => i.Name));
        Assert.Equal([4, 5, 6, 7], dataset.Images[1].Tags);
        Assert.Equal([12, 13, 14, 15], dataset.Images[3].Tags); // the person's head is a part and no class
        Assert.All(dataset.Images, image => Assert.Equal(_folder.At($"SegmentationClass/{image.MaskName}"), image.MaskPath));
        var labels = dataset.Images[1].ReadMask()!.Labels.Distinct().Order().ToList();
        Assert.Equal([0, 5, 6, 7, 8, LabelMap.Ignore], labels);
    }

    [Fact]
    public void TheLongerListTakesItsMasksFromSegmentationClassAug()
    {
        // SBD's list is often passed on with paths.
        _folder.Text("ImageSets/Segmentation/train_aug.txt", "/JPEGImages/2007_000006.jpg /SegmentationClassAug/2007_000006.png\r\n2007_000001\r\n\r\n");

        var dataset = DatasetReader.Load(_folder.Path, new DatasetOptions { SplitList = "train_aug" });

        Assert.Equal(["2007_000006.jpg", "2007_000001.jpg"], dataset.Of(Split.Train).Select(i => i.Name));
        Assert.Equal(_folder.At("SegmentationClassAug/2007_000006.png"), dataset.Images[0].MaskPath);
        Assert.Equal(_folder.At("SegmentationClass/2007_000001.png"), dataset.Images[1].MaskPath);
        Assert.DoesNotContain(LabelMap.Ignore, dataset.Images[0].ReadMask()!.Labels);
    }

    [Fact]
    public void PicturesOnBothListsCountAsTrain()
    {
        var dataset = DatasetReader.Load(_folder.Path, new DatasetOptions { SplitList = "trainval" });

        Assert.Equal(8, dataset.Of(Split.Train).Count);
        Assert.Empty(dataset.Of(Split.Val));
        Assert.Equal("3 of 3 pictures of ImageSets/Segmentation/val.txt are also in ImageSets/Segmentation/trainval.txt; they count as train.", dataset.Problems.Single().Message);
    }

    [Fact]
    public void ATagsFileGoesBeforeTheAnnotations()
    {
        string tags = _folder.Text("cls.txt", "2007_000001 0 14\n/JPEGImages/2007_000002.jpg 3\n\n2007_000003\n");

        var dataset = DatasetReader.Load(_folder.Path, new DatasetOptions { Tags = tags });

        Assert.Equal([[0, 14], [3], [], [12, 13, 14, 15]], dataset.Images.Take(4).Select(i => i.Tags));
        Assert.Contains(dataset.Parts, part => part.Name == tags && part.Content == "3 pictures");
    }

    [Theory]
    [InlineData("2007_000001", true)]
    [InlineData("../escape/1", false)] // names no picture
    public void ADictionaryOfNumPyGoesBeforeTheAnnotationsToo(string name, bool counts)
    {
        string file = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Values.GoldenPath("labels.npy")));
        string path = _folder.At("cls_labels.npy");
        File.WriteAllBytes(path, System.Text.Encoding.Latin1.GetBytes(file.Replace("2007_000032", name, StringComparison.Ordinal))); // classes 0 and 3

        var dataset = DatasetReader.Load(_folder.Path, new DatasetOptions { Tags = path });

        Assert.Equal(counts, dataset.Images[0].Tags.SequenceEqual([0, 3]));
    }

    [Fact]
    public void ADamagedDictionaryOfNumPyIsNamed()
    {
        string path = _folder.Text("cls_labels.npy", "no array");
        var dataset = DatasetReader.Read(_folder.Path, new DatasetOptions { Tags = path });
        Assert.Contains(dataset.Problems, problem => problem.Message.Contains(path) && problem.Message.Contains("Expected a dictionary"));
        Assert.Empty(dataset.Images);
    }

    [Fact]
    public void ATagsFileMakesTheAnnotationsSuperfluous()
    {
        Directory.Delete(_folder.At("Annotations"), recursive: true);
        string tags = _folder.Text("cls.txt", "2007_000001 0\n");

        var dataset = DatasetReader.Load(_folder.Path, new DatasetOptions { Tags = tags });

        Assert.Equal(["2007_000001.jpg"], dataset.Of(Split.Train).Select(i => i.Name));
        Assert.Equal(3, dataset.Of(Split.Val).Count(image => image is { HasMask: true, TagsKnown: false })); // for evaluation
        Assert.Equal(7, dataset.Problems.Count(problem => problem.Kind == "missing tags"));
        Assert.Empty(DatasetReader.Load(_folder.Path).Of(Split.Train)); // without either, evaluation is all that is left
    }

    [Theory]
    [InlineData("2007_000001 20", "line 1: '20' is no class number; expected 0 to 19")]
    [InlineData("2007_000001 -1", "'-1' is no class number")]
    [InlineData("2007_000001 99999999999", "'99999999999' is no class number")]
    [InlineData("2007_000001 dog", "'dog' is no class number")]
    [InlineData("2007_000001 1\n2007_000001 2", "line 2: 2007_000001 is named before")]
    [InlineData("\n", "names no picture; expected lines like '2007_000032 0 14'")]
    [InlineData("", "it is empty or larger than 64 MiB")]
    [InlineData(null, "there is no such file")]
    public void NamesEachMistakeOfATagsFile(string? text, string message)
    {
        string tags = text is null ? _folder.At("none.txt") : _folder.Text("cls.txt", text);
        var dataset = DatasetReader.Read(_folder.Path, new DatasetOptions { Tags = tags });
        Assert.Contains(dataset.Problems, problem => problem.Message.Contains(message) && problem.Message.Contains(tags));
        Assert.Equal(text?.Contains("2007_000001 1\n") != true, dataset.Images.Count == 0); // the annotations do not take the file's place
    }

    /// <summary>What is taken away, a part of the message with the path expected, and whether nothing can be trained then.</summary>
    [Theory]
    [InlineData("ImageSets", "ImageSets/Segmentation/train.txt is missing. Expected a list with the name of a picture in each line", true)]
    [InlineData("ImageSets/Segmentation/train.txt", "ImageSets/Segmentation/train.txt is missing. Expected a list with the name of a picture in each line. Found: train_aug, trainval, val.", true)]
    [InlineData("JPEGImages", "JPEGImages is missing. Expected a folder with the pictures", true)]
    [InlineData("JPEGImages/2007_000002.jpg", "ImageSets/Segmentation/train.txt line 2: JPEGImages/2007_000002.jpg is missing", false)]
    [InlineData("Annotations", "Annotations is missing. Expected a folder with an XML file for each picture; without it, name a tags file with --tags", true)]
    [InlineData("Annotations/2007_000002.xml", "Annotations/2007_000002.xml is missing, so 2007_000002 has no tags", false)]
    [InlineData("SegmentationClass;SegmentationClassAug", "3 val pictures have no true mask in SegmentationClass or SegmentationClassAug", false)]
    public void NamesThePathOfWhatIsMissing(string missing, string message, bool fatal)
    {
        foreach (string part in missing.Split(';'))
            if (Directory.Exists(_folder.At(part))) Directory.Delete(_folder.At(part), recursive: true);
            else File.Delete(_folder.At(part));

        var dataset = DatasetReader.Read(_folder.Path);

        Assert.Contains(dataset.Problems, problem => problem.Message.Contains(message) && problem.Fatal == fatal);
        Assert.Equal(!fatal, DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken).CanTrain);
    }

    [Fact]
    public void WithoutValThereIsNothingToEvaluateAndNothingWrong()
    {
        File.Delete(_folder.At("ImageSets/Segmentation/val.txt"));
        var dataset = DatasetReader.Load(_folder.Path);
        Assert.Empty(dataset.Of(Split.Val));
        Assert.Contains(dataset.Parts, part => part is { Name: "ImageSets/Segmentation/val.txt", Found: false, Content: "missing" });
    }

    [Theory]
    [InlineData("ImageSets/Segmentation/train.txt", "2007_000001\n2007_000001\n", "duplicate line", "line 2: 2007_000001 is already on line 1")]
    [InlineData("ImageSets/Segmentation/train.txt", "2007_000001\n/\n", "line not understood", "line 2: '/' names no picture")]
    [InlineData("ImageSets/Segmentation/train.txt", "2007_000001\n../../secret\n", "missing picture", "line 2: JPEGImages/secret.jpg is missing")]
    [InlineData("ImageSets/Segmentation/val.txt", "", "unreadable list", "val.txt cannot be read (it is empty or larger than 64 MiB)")]
    [InlineData("JPEGImages/2007_000001.jpg", "", "missing picture", "JPEGImages/2007_000001.jpg is empty")]
    [InlineData("Annotations/2007_000001.xml", "", "unreadable tags", "it is empty or larger than 1 MiB")]
    [InlineData("Annotations/2007_000001.xml", "<annotation><object><name>cat</name>", "unreadable tags", "2007_000001.xml cannot be used")]
    [InlineData("Annotations/2007_000001.xml", "no xml", "unreadable tags", "2007_000001.xml cannot be used")]
    [InlineData("Annotations/2007_000001.xml", "<a/>", "unreadable tags", "its root is 'a', expected 'annotation'")]
    [InlineData("Annotations/2007_000001.xml", "<annotation><object><name>dgo</name></object></annotation>", "unknown class", "'dgo' is no class of PASCAL VOC, so the tags of 2007_000001 are not known. Did you mean 'dog'?")]
    public void NamesEachMistakeInAFile(string file, string content, string kind, string message)
    {
        _folder.Text(file, content);
        Assert.Contains(DatasetReader.Read(_folder.Path).Problems, problem => problem.Kind == kind && problem.Message.Contains(message));
    }

    /// <summary>However a name is written, it is read; a picture with one that is not is no picture of background.</summary>
    [Theory]
    [InlineData("<object><name>Dog</name></object>", true)]
    [InlineData("<object><name><![CDATA[dog]]></name></object>", true)]
    [InlineData("<object><name> d<!-- no cat -->og </name></object>", true)]
    [InlineData("<object><pose/><name>dog</name><part><name>head</name></part></object>", true)]
    [InlineData("<object><name>dog</name></object><object><name>dgo</name></object>", false)]
    [InlineData("<object><name/></object>", false)]
    [InlineData("<object><pose>left</pose></object>", false)]
    public void NamesAreReadHoweverTheyAreWritten(string objects, bool read)
    {
        _folder.Text("Annotations/2007_000001.xml", $"<annotation>{objects}</annotation>");
        TaggedImage? image = DatasetReader.Load(_folder.Path).Of(Split.Train).SingleOrDefault(static image => image.Name == "2007_000001.jpg");
        Assert.Equal(read ? [VocClasses.IndexOf("dog")] : null, image?.Tags);
    }

    [Fact]
    public void EntitiesAndExternalFilesAreNotExpanded()
    {
        string secret = _folder.Text("secret.txt", "cat");
        var bomb = new StringBuilder("<!DOCTYPE annotation [<!ENTITY a \"cat\">");
        for (char c = 'b'; c < 'z'; c++) bomb.Append($"<!ENTITY {c} \"{string.Concat(Enumerable.Repeat($"&{(char)(c - 1)};", 10))}\">");
        _folder.Text("Annotations/2007_000001.xml", $"{bomb}]><annotation><object><name>&y;</name></object></annotation>");
        _folder.Text("Annotations/2007_000002.xml", $"<!DOCTYPE annotation [<!ENTITY e SYSTEM \"file://{secret}\">]><annotation><object><name>&e;</name></object></annotation>");
        _folder.Text("Annotations/2007_000003.xml", "<annotation>" + string.Concat(Enumerable.Repeat("<a>", 100_000)));
        _folder.Text("Annotations/2007_000004.xml", $"<annotation><object><name>{new string('x', 2 << 20)}</name></object></annotation>");

        long before = GC.GetTotalAllocatedBytes();
        var dataset = DatasetReader.Load(_folder.Path);

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
        Assert.Equal(["2007_000005.jpg"], dataset.Of(Split.Train).Select(i => i.Name));
        Assert.Equal(4, dataset.Problems.Count(problem => problem.Kind == "unreadable tags"));
    }

    [Fact]
    public void LinksOutOfTheTreeAreNotFollowed()
    {
        using var elsewhere = new TemporaryFolder();
        elsewhere.Picture("a.jpg");
        File.Delete(_folder.At("JPEGImages/2007_000001.jpg"));
        File.CreateSymbolicLink(_folder.At("JPEGImages/2007_000001.jpg"), elsewhere.At("a.jpg"));
        File.Delete(_folder.At("ImageSets/Segmentation/val.txt"));
        File.CreateSymbolicLink(_folder.At("ImageSets/Segmentation/val.txt"), elsewhere.Text("val.txt", "2007_000008\n"));

        var dataset = DatasetReader.Read(_folder.Path);

        Assert.DoesNotContain(dataset.Images, image => image.Name == "2007_000001.jpg" || image.Split == Split.Val);
        Assert.Equal(2, dataset.Problems.Count(problem => problem.Kind == "link not followed"));
    }

    [Fact]
    public void ALinkedFolderOfMasksIsRefusedButNotFatal()
    {
        using var elsewhere = new TemporaryFolder();
        Directory.Delete(_folder.At("SegmentationClassAug"), recursive: true);
        Directory.CreateSymbolicLink(_folder.At("SegmentationClassAug"), elsewhere.Path);

        var dataset = DatasetReader.Read(_folder.Path);

        Assert.False(Assert.Single(dataset.Problems, problem => problem.Kind == "link not followed").Fatal);
        Assert.Contains(dataset.Parts, part => part is { Name: "SegmentationClassAug", Found: false });
    }

    [Fact]
    public void CheckLooksAtMasksToo()
    {
        _folder.Mask("SegmentationClass/2007_000001.png", 5, 5, new ushort[25]);
        _folder.Mask("SegmentationClass/2007_000002.png", 84, 112, [.. Enumerable.Repeat((ushort)21, 84 * 112)]);

        var report = DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken);

        Assert.Contains(report.Problems, problem => problem.Message.Contains("SegmentationClass/2007_000001.png is 5×5, its picture 112×84"));
        Assert.Contains(report.Problems, problem => problem.Message.Contains("SegmentationClass/2007_000002.png has label 21; expected 0 (background) to 20"));
        Assert.Equal(new SplitCount(Split.Train, 5, 0, 5), report.Splits[0]);
    }
}
