using System.Text;
using Rca.Data;
using Rca.Data.Coco;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Samples;

namespace Rca.Tests.Data.Coco;

public sealed class CocoDatasetTests : IDisposable
{
    private const string Train = "annotations/instances_train2014.json", Val = "annotations/instances_val2014.json";
    private readonly TemporaryFolder _folder = new();

    public CocoDatasetTests() => SampleCoco.Write(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsPicturesTagsClassesAndSplits()
    {
        var dataset = DatasetReader.Load(_folder.Path);

        Assert.Equal(80, dataset.Classes.Count);
        Assert.Equal(("person", "toothbrush"), (dataset.Classes[0], dataset.Classes[79]));
        Assert.Equal("stop sign", dataset.Classes[11]); // category 13: 12 is not in use
        Assert.Equal(6, dataset.Of(Split.Train).Count);
        Assert.Equal(4, dataset.Of(Split.Val).Count);
        Assert.Equal("COCO_train2014_000000000002.jpg", dataset.Images[1].Name);
        Assert.Equal([12, 15, 18, 21], dataset.Images[1].Tags);
        Assert.Equal(["class without pictures"], dataset.Problems.Select(problem => problem.Kind));
    }

    [Fact]
    public void MasksAreDrawnWithTheSmallestObjectOnTop()
    {
        var dataset = DatasetReader.Load(_folder.Path);
        for (int i = 0; i < 6; i++)
        {
            SampleDrawing drawing = SampleShapes.Draw(i, dataset.Images[i].Tags);
            var expected = new LabelMap(drawing.Picture.Width, drawing.Picture.Height);
            foreach (SampleObject drawn in drawing.Objects.OrderByDescending(drawn => drawn.Mask.Area)) drawn.Mask.Paint(expected, (ushort)(drawn.Class + 1));
            Assert.Equal(expected.Labels, dataset.Images[i].ReadMask()!.Labels);
        }
    }

    [Fact]
    public void OfEqualObjectsTheFirstIsOnTop()
    {
        Write(Instances(Annotation("[[0,0,8,0,8,6,0,6]]", category: 2), Annotation("[[0,0,8,0,8,6,0,6]]", category: 1), Annotation("[[2,2,4,2,4,4,2,4]]", category: 3)));
        LabelMap mask = DatasetReader.Load(_folder.Path).Images[0].ReadMask()!;
        Assert.Equal((2, 3), (mask.Labels[0], mask.Labels[2 * 8 + 2]));
    }

    [Fact]
    public void EvaluationAndExportUseDrawnMasks()
    {
        var dataset = DatasetReader.Load(_folder.Path);
        var written = TrueMasks.Write(dataset.Images, _folder.At("masks"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((10, 0), (written.Masks, written.Unreadable.Count));

        EvaluationReport report = MaskEvaluation.Run(_folder.At("masks"), dataset, dataset.Of(Split.Val), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((1, 4), (report.MeanIou, report.Images));
        Assert.True(report.Labels.Count > 8);

        LabelFile.Write(_folder.At($"masks/{dataset.Of(Split.Val)[0].MaskName}"), new LabelMap(112, 84));
        Assert.True(MaskEvaluation.Run(_folder.At("masks"), dataset, dataset.Images, cancellation: TestContext.Current.CancellationToken).MeanIou is > 0 and < 1);
        Assert.True(DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken) is { CanTrain: true, Problems.Count: 1 });
    }

    [Fact]
    public void ElementsAreWholeAcrossTheReadersBuffers()
    {
        // Several megabytes, so that annotations lie across the ends of buffers; one is larger than the first buffer.
        string polygon = $"[[{string.Join(',', Enumerable.Range(0, 400).Select(i => $"{i % 7}.25,{i % 5}.5"))}]]";
        string large = $"[[{string.Join(',', Enumerable.Range(0, 400_000).Select(i => $"{i % 7}.25,{i % 5}.5"))}]]";
        Write("\uFEFF" + Instances([.. Enumerable.Range(0, 1000).Select(i => Annotation(i == 500 ? large : polygon, category: 1 + i % 3))]));

        var dataset = DatasetReader.Load(_folder.Path);

        Assert.Equal([0, 1, 2], dataset.Images[0].Tags);
        Assert.Contains(dataset.Parts, part => part.Content == "1 pictures, 1000 annotations, 3 classes");
        Assert.Contains((ushort)1, dataset.Images[0].ReadMask()!.Labels);
    }

    [Fact]
    public void TheYearIsChosenWhereThereAreTwo()
    {
        foreach (string part in (string[])["train", "val"])
        {
            File.Copy(_folder.At($"annotations/instances_{part}2014.json"), _folder.At($"annotations/instances_{part}2017.json"));
            Directory.Move(_folder.At($"{part}2014"), _folder.At($"{part}2017"));
        }
        Assert.Contains("has the instances of 2014 and 2017; choose with --year 2014 or --year 2017", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path)).Message);
        Assert.Equal(10, DatasetReader.Load(_folder.Path, new DatasetOptions { Year = 2017 }).Images.Count);
        Assert.Contains($"{_folder.At("train2014")} is missing", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path, new DatasetOptions { Year = 2014 })).Message);
        Assert.Contains("--year is 2015; expected 2014 or 2017", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path, new DatasetOptions { Year = 2015 })).Message);
    }

    [Theory]
    [InlineData("annotations", "annotations/instances_train2017.json is missing, and so is instances_train2014.json", true)]
    [InlineData(Train, "annotations/instances_train2017.json is missing, and so is instances_train2014.json", true)]
    [InlineData("train2014", "train2014 is missing. Expected a folder with the pictures of COCO 2014", true)]
    [InlineData("train2014/COCO_train2014_000000000003.jpg", "instances_train2014.json names train2014/COCO_train2014_000000000003.jpg, which is missing", false)]
    [InlineData("val2014", "val2014 is missing, so there are no val pictures", false)]
    public void NamesThePathOfWhatIsMissing(string missing, string message, bool fatal)
    {
        if (Directory.Exists(_folder.At(missing))) Directory.Delete(_folder.At(missing), recursive: true);
        else File.Delete(_folder.At(missing));

        var report = DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken);

        Assert.Contains(report.Problems, problem => problem.Message.Contains(message) && problem.Fatal == fatal);
        Assert.Equal(!fatal, report.CanTrain);
    }

    [Fact]
    public void ValMustHaveTheClassesOfTrain()
    {
        _folder.Text(Val, File.ReadAllText(_folder.At(Val)).Replace("toothbrush", "tooth brush"));
        Assert.Contains("instances_val2014.json has other categories than annotations/instances_train2014.json", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path)).Message);
    }

    /// <summary>An instances file, and what is said of it when it is read.</summary>
    [Theory]
    [InlineData("", "is damaged")]
    [InlineData("[]", "it is no object with the arrays images, annotations and categories")]
    [InlineData("{\"images\": 5}", "images, annotations or categories is no array")]
    [InlineData("{\"images\": [", "is damaged")]
    [InlineData("{\"images\": [{\"id\": 1, \"file_", "is damaged")]
    [InlineData("{\"images\": []} {}", "is damaged")]
    [InlineData("{\"images\": [], \"annotations\": []}", "has 0 usable categories")]
    [InlineData("{\"images\": [7]}", "the image at byte 12 is left out; expected id, file_name, width and height")]
    [InlineData("{\"images\": [{\"id\": \"1\"}]}", "the image at byte 12 is left out")]
    [InlineData("{\"images\": [{\"id\": 1e400}]}", "the image at byte 12 is left out")]
    [InlineData("{\"images\": [{\"id\": 99999999999999999999}]}", "the image at byte 12 is left out")]
    [InlineData("{\"images\": [{\"id\": 1, \"file_name\": \"\\ud800\", \"width\": 4, \"height\": 4}]}", "the image at byte 12 is left out")]
    [InlineData("{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 0, \"height\": 4}]}", "the image at byte 12 is left out")]
    [InlineData("{\"annotations\": [{\"image_id\": 1, \"category_id\": \"1\"}]}", "the annotation at byte 17 is left out; expected image_id and category_id")]
    [InlineData("{\"annotations\": [{\"image_id\": 1, \"category_id\": 1, \"segmentation\": []}]}", "belongs to image 1, which the file does not list")]
    [InlineData("{\"\\ud800\": 1, \"images\": [7]}", "the image at byte 25 is left out")]
    [InlineData("{\"categories\": [{\"id\": 1, \"name\": \"a\"}, {\"id\": 1, \"name\": \"b\"}]}", "the category at byte 40 is left out; expected an id of its own and a name")]
    [InlineData("{\"categories\": [{\"id\": 1, \"name\": \"a\\u001b\"}]}", "the category at byte 16 is left out")]
    public void NamesEachMistakeOfAnInstancesFile(string json, string message)
    {
        string whole = json.Contains("categories") || !json.EndsWith("]}", StringComparison.Ordinal) || json.Contains("\"annotations\": []") ? json : json[..^1] + ", \"categories\": [{\"id\": 1, \"name\": \"cat\"}]}";
        Write(whole);
        Assert.Contains(DatasetReader.Read(_folder.Path).Problems, problem => problem.Message.Contains(message));
    }

    /// <summary>An annotation without an outline is a tag; of one that cannot be read nobody knows what its picture shows. Neither makes a picture of background.</summary>
    [Theory]
    [InlineData("""{"image_id": 1, "category_id": 2}""", new[] { 1 }, false)]
    [InlineData("""{"image_id": 1, "category_id": 2, "segmentation": null}""", new[] { 1 }, false)]
    [InlineData("""{"image_id": 1, "category_id": 2, "segmentation": [[0,0,4,0,4,4]]}""", new[] { 1 }, true)]
    [InlineData("""{"image_id": 1, "category_id": 3, "segmentation": [[0,0,4,0,4,4]]}""", new[] { 0 }, true)] // another id of the first name
    [InlineData("""{"image_id": 1, "category_id": 7}""", null, false)]
    [InlineData("""{"image_id": 1, "category_id": "2"}""", null, false)]
    [InlineData("""{"category_id": "2", "image_id": 1}""", null, false)]
    [InlineData("""{"image_id": "7", "category_id": 2}, {"image_id": 1, "category_id": 2}""", new[] { 1 }, false)]
    [InlineData("""{"image_id": 1, "category_id": 2, "segmentation": [[0,0,4,0,4,4]]}, {"image_id": 1, "category_id": 7}""", null, false)]
    public void WhatCannotBeReadIsNotTakenForBackground(string annotations, int[]? tags, bool mask)
    {
        using var folder = new TemporaryFolder();
        folder.Picture("train2017/1.jpg", 8, 6);
        folder.Picture("train2017/2.jpg", 8, 6);
        folder.Text("annotations/instances_train2017.json", """{"images": [{"id": 1, "file_name": "1.jpg", "width": 8, "height": 6}, {"id": 2, "file_name": "2.jpg", "width": 8, "height": 6}],"""
            + """ "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "cat"}], "annotations": [{"image_id": 2, "category_id": 1}, """ + annotations + "]}");
        TaggedDataset data = DatasetReader.Load(folder.Path);
        Assert.Equal(["cat", "dog"], data.Classes);
        TaggedImage? found = data.Images.SingleOrDefault(static image => image.Name == "1.jpg");
        Assert.Equal(tags, found?.Tags);
        Assert.Equal(mask, found?.HasMask ?? false);
        if (tags is null) Assert.Contains(data.Problems, static problem => problem.Kind == "tags not understood" && problem.Message.Contains("train2017/1.jpg"));
    }

    [Fact]
    public void DeepNestingAndEndlessValuesAreRefused()
    {
        Write("{\"images\": " + new string('[', 100_000));
        Assert.Contains("is damaged", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path)).Message);
        Write("{\"info\": " + new string('[', 100_000));
        Assert.Contains("is damaged", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path)).Message);
        Write("{\"info\": \"" + new string('x', 70 << 20) + "\"}");
        Assert.Contains("a value is larger than 64 MiB", Assert.Throws<RcaException>(() => DatasetReader.Load(_folder.Path)).Message);
    }

    /// <summary>A segmentation that is well formed but cannot be drawn: the data set loads, and the mask says why.</summary>
    [Theory]
    [InlineData("[]", "there is no polygon")]
    [InlineData("[5]", "a polygon is no list of numbers")]
    [InlineData("[[1,2,3,4,\"5\",6]]", "a polygon holds something that is no number")]
    [InlineData("[[1,2,[3],4,5,6]]", "a polygon holds something that is no number")]
    [InlineData("[[1,2,3]]", "a polygon has 3 numbers")]
    [InlineData("[[1,2,1e400,4,5,6]]", "coordinate")]
    [InlineData("[[1,2,9e7,4,5,6]]", "pixels long")]
    [InlineData("[[0,0,3e6,0,0,1],[0,0,3e6,0,0,1],[0,0,3e6,0,0,1]]", "pixels long")] // each alone would do
    [InlineData("{\"\\ud800\": 1, \"size\": [6, 8]}", "it has neither polygons nor counts")]
    [InlineData("{}", "its size is []; expected [6, 8]")]
    [InlineData("{\"size\": [6, 8]}", "it has neither polygons nor counts")]
    [InlineData("{\"size\": [8, 6], \"counts\": [48]}", "its size is [8, 6]; expected [6, 8], the height and width of its picture")]
    [InlineData("{\"size\": 6, \"counts\": [48]}", "size is no list")]
    [InlineData("{\"size\": [6, 8], \"counts\": [49]}", "the runs have 49 pixels together; a 8×6 mask has 48")]
    [InlineData("{\"size\": [6, 8], \"counts\": [2147483647, 2147483647, 50]}", "the runs have 4,294,967,344 pixels")]
    [InlineData("{\"size\": [6, 8], \"counts\": [4294967344]}", "counts holds something that is no integer")]
    [InlineData("{\"size\": [6, 8], \"counts\": [1.5]}", "counts holds something that is no integer")]
    [InlineData("{\"size\": [6, 8], \"counts\": [[48]]}", "counts holds something that is no integer")]
    [InlineData("{\"size\": [6, 8], \"counts\": {}}", "counts is no list")]
    [InlineData("{\"size\": [6, 8], \"counts\": \"V\"}", "truncated")]
    [InlineData("{\"size\": [6, 8], \"counts\": \"oooooooo0\"}", "more than 35 bits")]
    public void AMaskThatCannotBeDrawnSaysWhy(string segmentation, string message)
    {
        Write(Instances(Annotation(segmentation)));
        TaggedImage image = DatasetReader.Load(_folder.Path).Images[0];
        Assert.Equal([0], image.Tags);
        string said = Assert.Throws<PictureException>(image.ReadMask).Message;
        Assert.Contains(message, said);
        Assert.Contains("the mask of a.jpg cannot be drawn: annotation 7:", said);
        var report = DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains(report.Problems, problem => problem.Kind == "unreadable mask" && problem.Message.Contains(message));
        Assert.True(report.CanTrain);
    }

    [Fact]
    public void AMaskThatCannotBeDrawnIsNamedByAnIdThatComesLast()
    {
        Write(Instances("{\"segmentation\": [], \"image_id\": 1, \"category_id\": 1, \"id\": 7}"));
        Assert.Contains("annotation 7: there is no polygon", Assert.Throws<PictureException>(DatasetReader.Load(_folder.Path).Images[0].ReadMask).Message);
    }

    [Fact]
    public void EachMaskThatCannotBeDrawnIsReported()
    {
        var images = DatasetReader.Load(_folder.Path).Of(Split.Train);
        File.Delete(_folder.At(Train));
        var unreadable = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        Assert.All(images, image => Assert.Null(TrueMask.Read(image, new LabelMap(112, 84), 80, unreadable)));
        Assert.Equal(images.Select(image => image.Name), unreadable.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void WithoutTrainNothingIsRead()
    {
        foreach (string damaged in (string[])["", "{\"images\": ["])
        {
            _folder.Text(Train, damaged);
            Assert.Empty(DatasetReader.Read(_folder.Path).Images);
            Assert.False(DatasetCheck.Run(_folder.Path, cancellation: TestContext.Current.CancellationToken).CanTrain);
        }
    }

    [Fact]
    public void MoreCategoriesThanLabelsAreRefused()
    {
        Write($"{{\"categories\": [{string.Join(',', Enumerable.Range(0, LabelMap.Ignore).Select(i => $"{{\"id\":{i},\"name\":\"c{i}\"}}"))}]}}");
        Assert.Contains(DatasetReader.Read(_folder.Path).Problems, problem => problem.Message.Contains("it has more than 65534 categories"));
    }

    [Fact]
    public void ALinkedFolderIsRefusedOnceAndFatalOnlyWhereItIsNeeded()
    {
        using var elsewhere = new TemporaryFolder();
        foreach (string part in (string[])["val2014", "train2014"])
        {
            Directory.Delete(_folder.At(part), recursive: true);
            Directory.CreateSymbolicLink(_folder.At(part), elsewhere.Path);
            var dataset = DatasetReader.Read(_folder.Path);
            Assert.Single(dataset.Problems, problem => problem.Message.StartsWith(_folder.At(part), StringComparison.Ordinal) && problem.Fatal == (part == "train2014"));
            Assert.Contains(dataset.Parts, found => found is { Found: false, Content: "a link, refused" } && found.Name == part);
        }
    }

    [Fact]
    public void ASizeThatNoPictureHasAllocatesNothing()
    {
        Write(Instances(Annotation("[[0,0,8,0,8,6]]")).Replace("\"width\": 8", "\"width\": 2000000000").Replace("\"height\": 6", "\"height\": 2000000000"));
        TaggedImage image = DatasetReader.Load(_folder.Path).Images[0];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("the size is 2000000000×2000000000", Assert.Throws<PictureException>(image.ReadMask).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void NamesThatLeadOutOfTheFolderAreMissingPictures()
    {
        using var elsewhere = new TemporaryFolder();
        elsewhere.Picture("a.jpg");
        Write(Instances(Annotation("[[0,0,8,0,8,6]]")).Replace("a.jpg", "../annotations/a.jpg"));
        File.Copy(elsewhere.At("a.jpg"), _folder.At("annotations/a.jpg"));
        Assert.Contains(DatasetReader.Read(_folder.Path).Problems, problem => problem.Kind == "missing picture");

        Write(Instances(Annotation("[[0,0,8,0,8,6]]")).Replace("a.jpg", "link.jpg"));
        File.CreateSymbolicLink(_folder.At("train2014/link.jpg"), elsewhere.At("a.jpg"));
        Assert.DoesNotContain(DatasetReader.Read(_folder.Path).Images, image => image.Split == Split.Train);
    }

    [Fact]
    public void MutatedFilesAreReadOrRefused()
    {
        byte[] file = File.ReadAllBytes(_folder.At(Train));
        File.Delete(_folder.At(Val));
        int loaded = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            List<byte> bytes = [.. file];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(bytes.Count), length = random.Next(1, Math.Min(9, bytes.Count - at + 1));
                switch (random.Next(4))
                {
                    case 0: bytes.RemoveRange(at, length); break;
                    case 1: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                    case 2: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                    default: bytes[at] = (byte)"0123456789[]{},\":.-e"[random.Next(20)]; break;
                }
            }
            _folder.Bytes(Train, [.. bytes]);
            var dataset = DatasetReader.Read(_folder.Path);
            Assert.All(dataset.Images, image =>
            {
                try
                {
                    Assert.Equal(image.HasMask, image.ReadMask() is not null);
                }
                catch (PictureException)
                {
                }
            });
            if (dataset.Images.Count > 0) loaded++;
        }
        Assert.InRange(loaded, 1, 299);
    }

    [Fact]
    public void RealAnnotationsAndPicturesFitTogether()
    {
        string source = SharedData.Need("coco128");
        using var tree = new TemporaryFolder();
        tree.Bytes("annotations/instances_train2017.json", File.ReadAllBytes(Path.Combine(source, "instances.json")));
        foreach (string picture in Directory.GetFiles(Path.Combine(source, "images"))) tree.Bytes($"train2017/{Path.GetFileName(picture)}", File.ReadAllBytes(picture));

        var report = DatasetCheck.Run(tree.Path, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(new SplitCount(Split.Train, 128, report.Splits[0].WithoutTags, 128), report.Splits[0]);
        Assert.Equal(CocoClasses.Numbered.Select(known => known.Name), report.Classes.Select(known => known.Name));
        Assert.True(report.CanTrain);
        Assert.DoesNotContain(report.Problems, problem => problem.Kind is "unreadable mask" or "mask size" or "mask without tag" or "missing picture");
    }

    private void Write(string json)
    {
        if (!File.Exists(_folder.At("train2014/a.jpg"))) _folder.Picture("train2014/a.jpg");
        if (File.Exists(_folder.At(Val))) File.Delete(_folder.At(Val));
        _folder.Bytes(Train, Encoding.UTF8.GetBytes(json));
    }

    private static string Annotation(string segmentation, int category = 1) => $"{{\"id\": 7, \"image_id\": 1, \"category_id\": {category}, \"segmentation\": {segmentation}}}";

    private static string Instances(params string[] annotations) =>
        "{\"info\": {\"deep\": [[{}]]}, \"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 8, \"height\": 6}], \"annotations\": ["
        + string.Join(", ", annotations)
        + "], \"categories\": [{\"id\": 3, \"name\": \"bird\"}, {\"id\": 1, \"name\": \"cat\"}, {\"id\": 2, \"name\": \"dog\"}]}";
}
