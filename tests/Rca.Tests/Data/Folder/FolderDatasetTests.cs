using System.Text;
using Rca.Data;
using Rca.Data.Folder;

namespace Rca.Tests.Data.Folder;

public sealed class FolderDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadsImagesTagsSplitsAndMasksInTheOrderOfTheRows()
    {
        Pictures("b.jpg", "street/a.png", "c.JPEG");
        _folder.Mask("masks/street/a.png", 8, 6, new ushort[48]);
        Tags("image,tags,split\nstreet/a.png,dog;cat,val\nb.jpg,cat,\nc,zebra;dog;dog,TEST\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["cat", "dog", "zebra"], dataset.Classes);
        Assert.Equal(["street/a.png", "b.jpg", "c.JPEG"], dataset.Images.Select(image => image.Name));
        Assert.Equal([[0, 1], [0], [1, 2]], dataset.Images.Select(image => image.Tags));
        Assert.Equal([Split.Val, Split.Train, Split.Test], dataset.Images.Select(image => image.Split));
        Assert.Equal(_folder.At("masks/street/a.png"), dataset.Images[0].MaskPath);
        Assert.Null(dataset.Images[1].MaskPath);
        Assert.Equal(_folder.At("images/b.jpg"), dataset.Images[1].Path);
        Assert.Equal(["class without pictures", "class without pictures"], Kinds(dataset)); // dog, zebra
    }

    [Theory]
    [InlineData("image,tags\r\na,cat\r\nb,dog\r\n")]
    [InlineData("\uFEFFimage,tags\na,cat\nb,dog")]
    [InlineData("\n\nimage,tags\n\n  \na,cat\n\nb,dog\n\n")]
    [InlineData("Tags, IMAGE ,Split\ncat,a.jpg,train\ndog,b.jpg,Train\n")]
    [InlineData("\"image\",\"tags\"\n\"a\",\"cat\"\n\"b.jpg\",\"dog\"\n")]
    [InlineData("image,tags\na, cat ;\nb,;dog; dog\n")]
    public void ReadsTheSameFromEveryWayToWriteIt(string csv)
    {
        Pictures("a.jpg", "b.jpg");
        Tags(csv);

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal([("a.jpg", 0), ("b.jpg", 1)], dataset.Images.Select(image => (image.Name, image.Tags.Single())));
        Assert.Equal(["cat", "dog"], dataset.Classes);
        Assert.Empty(dataset.Problems);
    }

    [Fact]
    public void ReadsQuotedCommasQuotesAndLineBreaks()
    {
        Pictures("one, two \"three\".jpg");
        Tags("image,tags\n\"one, two \"\"three\"\".jpg\",\"big\n cat;dog, hot\"\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal("one, two \"three\".jpg", dataset.Images.Single().Name);
        Assert.Equal(["big cat", "dog, hot"], dataset.Classes);
    }

    /// <summary>A picture with a tag that is no class is none of background alone: nothing is learnt from it, and it can still be predicted or evaluated.</summary>
    [Fact]
    public void PicturesWithAnUnknownTagAreLeftOutOfTraining()
    {
        Pictures("a.jpg", "b.jpg", "c.jpg");
        Tags("image,tags,split\na,cat,train\nb,horse,train\nc,horse,val\n");
        _folder.Text("classes.txt", "cat\n");
        var dataset = FolderDataset.Load(_folder.Path);
        Assert.Equal(["a.jpg"], dataset.Of(Split.Train).Select(static image => image.Name));
        Assert.Equal(["b.jpg"], dataset.Untagged.Select(static image => image.Name));
        Assert.Equal([false], dataset.Of(Split.Val).Select(static image => image.TagsKnown));
        Assert.Contains("(2 rows)", dataset.Problems.Single(static problem => problem.Kind == "unknown tag").Message);
    }

    [Fact]
    public void ClassesFileGivesTheOrder()
    {
        Pictures("a.jpg", "b.jpg");
        Tags("image,tags\na,cat\nb,dog\n");
        _folder.Text("classes.txt", "\uFEFFdog\r\n\r\ncat\r\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["dog", "cat"], dataset.Classes);
        Assert.Equal([1], dataset.Images[0].Tags);
    }

    [Fact]
    public void TheMostFrequentSpellingNamesTheClass()
    {
        Pictures("a.jpg", "b.jpg", "c.jpg");
        Tags("image,tags\na,Cat\nb,cat\nc,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["cat"], dataset.Classes);
        Assert.Equal("tags.csv line 2: tag 'Cat' is read as 'cat' (1 row); they differ in case or blanks. Write tags in one way.", dataset.Problems.Single().Message);
    }

    /// <summary>Each mistake in a data set of a.jpg (cat) and b.jpg (dog): its kind, a part of the message, and the images that stay.</summary>
    [Theory]
    [InlineData("unknown column", "'splitt' is not used; known are image, tags and split. Did you mean 'split'?", "a b", "image,tags,splitt\na,cat,\nb,dog,\n")]
    [InlineData("unknown split", "line 3: split 'trian'; expected train, val or test (empty is train). Did you mean 'train'?", "a", "image,tags,split\na,cat,\nb,dog,trian\n")]
    [InlineData("unknown tag", "line 3: tag 'dgo' is not in classes.txt (1 row). Did you mean 'dog'?", "a", "image,tags\na,cat;dog\nb,dgo;dog\n", "cat\ndog\n")]
    [InlineData("class name", "'cat dog' is made of the names of others: cat, dog", "a b", "image,tags\na,cat dog\nb,dog;cat\n")]
    [InlineData("class name", "'['cat', 'dog']' is made of the names of others: cat, dog", "a b", "image,tags\na,\"['cat', 'dog']\"\nb,dog;cat\n")]
    [InlineData("class name", "A class is named 'NaN'", "a b", "image,tags\na,cat\nb,NaN\n")]
    [InlineData("tag spelling", "'Dog' is read as 'dog'", "a b", "image,tags\na,cat\nb,Dog\n", "cat\ndog\n")]
    [InlineData("tag spelling", "'big  dog' is read as 'big dog'", "a b", "image,tags\na,cat\nb,big  dog\n", "cat\nbig dog\n")]
    [InlineData("duplicate row", "line 4: 'a.jpg' is already on line 2, with the same tags", "a b", "image,tags\na,cat\nb,dog\na.jpg,cat\n")]
    [InlineData("duplicate row", "line 4: 'a' is already on line 2, with other tags", "a b", "image,tags\na,cat\nb,dog\na,dog\n")]
    [InlineData("row without picture", "line 4: there is no picture images/c (.jpg, .jpeg or .png). The row is left out.", "a b", "image,tags\na,cat\nb,dog\nc,dog\n")]
    [InlineData("row without picture", "Did you mean 'b.jpg'?", "a", "image,tags\na,cat\nB.JPG,dog\n")]
    [InlineData("row without picture", "Did you mean 'b.jpg'?", "a", "image,tags\na,cat\nimages/b.jpg,dog\n")]
    [InlineData("picture without row", "images/b.jpg has no usable row", "a", "image,tags\na,cat;dog\n")]
    [InlineData("no tags", "line 3: 'b' has no tag, so it counts as a picture of background alone", "a b", "image,tags\na,cat;dog\nb,\n")]
    [InlineData("row not understood", "line 3: the header has 2 fields, this row 3", "a", "image,tags\na,cat\nb,dog,cat\n")]
    [InlineData("row not understood", "line 3: the header has 2 fields, this row 1", "a", "image,tags\na,cat\nb\n")]
    [InlineData("row not understood", "line 3: the image is empty", "a", "image,tags\na,cat\n,dog\n")]
    [InlineData("row not understood", "line 3: a quote that opens here is never closed", "a", "image,tags\na,cat\nb,\"dog\n")]
    [InlineData("row not understood", "line 3: there is text after a closing quote", "a", "image,tags\na,cat\nb,\"dog\"s\n")]
    [InlineData("path outside images", "'../b.jpg' leads out of images/", "a", "image,tags\na,cat\n../b.jpg,dog\n")]
    [InlineData("path outside images", "'x/../b.jpg' leads out of images/", "a", "image,tags\na,cat\nx/../b.jpg,dog\n")]
    [InlineData("path outside images", "'/etc/b.jpg' leads out of images/", "a", "image,tags\na,cat\n/etc/b.jpg,dog\n")]
    [InlineData("path outside images", "'C:\\b.jpg' leads out of images/", "a", "image,tags\na,cat\nC:\\b.jpg,dog\n")]
    [InlineData("class name", "classes.txt line 3: 'Dog' is already on line 2", "a b", "image,tags\na,cat\nb,dog\n", "cat\ndog\nDog\n")]
    [InlineData("class without pictures", "Class 'horse' has no picture in the train split", "a b", "image,tags\na,cat\nb,dog\n", "cat\ndog\nhorse\n")]
    public void NamesEachMistakeInTheTables(string kind, string message, string left, string csv, string? classes = null)
    {
        Pictures("a.jpg", "b.jpg");
        Tags(csv);
        if (classes is not null)
            _folder.Text("classes.txt", classes);

        var dataset = FolderDataset.Load(_folder.Path);

        var problem = dataset.Problems.First(problem => problem.Kind == kind);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.False(problem.Fatal);
        Assert.Equal(left.Split(' ').Select(name => name + ".jpg"), dataset.Images.Select(image => image.Name));
    }

    [Theory]
    [InlineData("class name", "names no class", "\n\n")]
    [InlineData("class name", "is empty or larger", "")]
    [InlineData("class name", "line 1: 'cat;dog' holds ';'", "cat;dog\n")]
    public void AClassesFileWithoutClassesIsFatal(string kind, string message, string classes)
    {
        Pictures("a.jpg");
        Tags("image,tags\na,cat\n");
        _folder.Text("classes.txt", classes);

        var mistake = Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.Path));

        Assert.Contains(message, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(FolderDataset.Read(_folder.Path).Problems, problem => problem.Kind == kind && problem.Fatal);
    }

    [Theory]
    [InlineData("image;tags\na;cat\n", "without the column image and tags")]
    [InlineData("image;tags\na;cat\n", "Separate the columns by commas.")]
    [InlineData("a.jpg,cat\n", "found 'a.jpg,cat', without the column image and tags; expected the header 'image,tags'")]
    [InlineData("image,label\na,cat\n", "without the column tags;")]
    [InlineData("image,tags,tags\na,cat,dog\n", "the column tags is there twice")]
    [InlineData("", "tags.csv is empty")]
    [InlineData("\n\n", "tags.csv has blank lines alone")]
    [InlineData("image,tags\n", "No row of tags.csv leads to a usable picture")]
    [InlineData("image,tags\nx,cat\n", "there is no picture images/x")]
    public void SaysWhyNothingCanBeLoaded(string csv, string message)
    {
        Pictures("a.jpg");
        Tags(csv);

        var mistake = Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.Path));

        Assert.Contains(message, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ListsAllFatalMistakesAtOnce()
    {
        _folder.Text("classes.txt", "\n");

        var mistake = Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.Path));

        Assert.Contains("tags.csv is missing", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("images is missing", mistake.Message, StringComparison.Ordinal);
        Assert.Contains("classes.txt names no class", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFolderIsNamed() =>
        Assert.Contains("there is no such folder", Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.At("none"))).Message, StringComparison.Ordinal);

    [Fact]
    public void RefusesTextThatIsNotUtf8()
    {
        Pictures("a.jpg");
        _folder.Bytes("tags.csv", [.. "image,tags\na,k"u8, 0xE4, .. "se\n"u8]);

        var mistake = Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.Path));

        Assert.Contains("not UTF-8", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesToGuessBetweenTwoExtensions()
    {
        Pictures("a.jpg", "a.png", "b.jpg");
        Tags("image,tags\na,cat\nb,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["b.jpg"], dataset.Images.Select(image => image.Name));
        Assert.Contains(dataset.Problems, problem => problem.Kind == "two pictures of one name" && problem.Message.Contains("images/a.jpg and images/a.png"));
        Assert.Contains(dataset.Problems, problem => problem.Message.Contains("'a' may be a.jpg or a.png"));
    }

    [Fact]
    public void OnePictureOfANameCountsEvenIfBothAreListed()
    {
        Pictures("a.jpg", "a.png");
        Tags("image,tags\na.png,cat\na.jpg,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["a.png"], dataset.Images.Select(image => image.Name));
        Assert.Contains("duplicate row", Kinds(dataset));
    }

    [Fact]
    public void ReportsEmptyForeignAndHiddenFiles()
    {
        Pictures("a.jpg");
        _folder.Text("images/empty.jpg", "");
        _folder.Text("images/b.webp", "x");
        _folder.Text("images/.DS_Store", "x");
        _folder.Text("images/notes.txt", "x");
        Tags("image,tags\na,cat\nempty,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["a.jpg"], dataset.Images.Select(image => image.Name));
        Assert.Equal(["picture format", "picture without row", "unreadable picture"], Kinds(dataset).Order());
    }

    [Fact]
    public void ReportsMasksWithoutPicture()
    {
        Pictures("a.jpg");
        Tags("image,tags\na,cat\n");
        _folder.Mask("masks/b.png", 1, 1, 0);

        Assert.Contains("masks/b.png belongs to no picture", FolderDataset.Load(_folder.Path).Problems.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutATaggedTrainingPictureLoadsButSaysThatTrainingCannotStart()
    {
        Pictures("a.jpg");
        Tags("image,tags,split\na,cat,test\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.True(dataset.Problems.Single(problem => problem.Kind == "nothing to train on").Fatal);
    }

    [Fact]
    public void FollowsLinksOnlyInsideTheFolder()
    {
        using var elsewhere = new TemporaryFolder();
        elsewhere.Picture("secret.jpg");
        Pictures("real.jpg");
        File.CreateSymbolicLink(_folder.At("images/inside.jpg"), "real.jpg");
        File.CreateSymbolicLink(_folder.At("images/outside.jpg"), elsewhere.At("secret.jpg"));
        File.CreateSymbolicLink(_folder.At("images/broken.jpg"), "none.jpg");
        File.CreateSymbolicLink(_folder.At("images/loop.jpg"), "loop.jpg");
        Directory.CreateSymbolicLink(_folder.At("images/folder"), elsewhere.Path);
        Directory.CreateSymbolicLink(_folder.At("images/self"), ".");
        // Its own target is inside; the folder on the way is not.
        File.CreateSymbolicLink(_folder.At("images/winding.jpg"), "folder/secret.jpg");
        Tags("image,tags\nreal,cat\ninside,cat\noutside,cat\nfolder/secret,cat\nself/real,cat\nwinding,cat\nloop,cat\nbroken,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["real.jpg", "inside.jpg"], dataset.Images.Select(image => image.Name));
        Assert.Equal(6, Kinds(dataset).Count(kind => kind == "link not followed"));
    }

    [Fact]
    public void ImagesThatAreALinkOutOfTheFolderAreNotFollowed()
    {
        using var elsewhere = new TemporaryFolder();
        elsewhere.Picture("a.jpg");
        Directory.CreateSymbolicLink(_folder.At("images"), elsewhere.Path);
        Tags("image,tags\na,cat\n");

        var mistake = Assert.Throws<RcaException>(() => FolderDataset.Load(_folder.Path));

        Assert.Contains("is a link out of the data set's folder", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KeepsTheListReadableWhenEveryRowIsWrong()
    {
        Pictures("a.jpg");
        Tags("image,tags\na,cat\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"none{i},cat\n")));

        var problems = FolderDataset.Load(_folder.Path).Problems;

        Assert.Equal(21, problems.Count);
        Assert.Equal("... and 480 more of this kind.", problems[^1].Message);
    }

    /// <summary>A valid table with bytes changed, cut, doubled or swapped for structure: a data set or the typed error, nothing else.</summary>
    [Fact]
    public void SurvivesAHundredHostileTables()
    {
        Pictures("a.jpg", "b.jpg", "c d.jpg");
        var good = "image,tags,split\r\na.jpg,\"cat;dog\",train\r\n\"b\",cat,val\r\n\"c d.jpg\",dog;\"\r\n"u8.ToArray();
        byte[] structure = [.. "\",;\r\n\0\\/. "u8, 0xFF, 0xC3, 0xEF];
        var loaded = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var bytes = good.ToList();
            for (var change = random.Next(1, 12); change > 0; change--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0: bytes[at] = (byte)random.Next(256); break;
                    case 1: bytes[at] = structure[random.Next(structure.Length)]; break;
                    case 2: bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at))); break;
                    default: bytes.RemoveRange(at, random.Next(Math.Min(8, bytes.Count - at))); break;
                }
            }
            _folder.Bytes("tags.csv", [.. bytes]);
            if (seed % 3 == 0) _folder.Bytes("classes.txt", [.. bytes]); // none of the tags is among these
            else File.Delete(_folder.At("classes.txt"));
            try
            {
                var dataset = FolderDataset.Load(_folder.Path);
                Assert.All(dataset.Images, image => Assert.StartsWith(_folder.At("images/"), image.Path, StringComparison.Ordinal));
                Assert.All(dataset.Images, image => Assert.All(image.Tags, tag => Assert.InRange(tag, 0, dataset.Classes.Count - 1)));
                loaded++;
            }
            catch (RcaException)
            {
            }
        }
        Assert.InRange(loaded, 10, 95); // both outcomes must have been tried
    }

    [Fact]
    public void AnUnclosedQuoteOverMegabytesTakesOneFieldOfMemoryAndTheRestIsRead()
    {
        Pictures("a.jpg");
        Tags("image,tags\n\"" + new string('x', 3_000_000) + "\na,cat\n");

        var dataset = FolderDataset.Load(_folder.Path);

        Assert.Equal(["a.jpg"], dataset.Images.Select(image => image.Name));
        Assert.Contains(dataset.Problems, problem => problem.Message.Contains("a field is longer than"));
    }

    [Fact]
    public void NoControlCharacterAndNoEndlessNameReachesTheTerminal()
    {
        Pictures("a.jpg");
        Tags($"image,tags\na,cat\n\u001b[2Jb,cat\n{new string('x', 60_000)},cat\n");

        var messages = FolderDataset.Load(_folder.Path).Problems.Select(problem => problem.Message).ToList();

        Assert.Equal(2, messages.Count);
        Assert.All(messages, message => Assert.DoesNotContain(message, char.IsControl));
        Assert.All(messages, message => Assert.InRange(message.Length, 1, 1000));
        Assert.EndsWith("The row is left out.", messages[1], StringComparison.Ordinal);
    }

    private static IEnumerable<string> Kinds(TaggedDataset dataset) => dataset.Problems.Select(problem => problem.Kind);

    private void Pictures(params string[] names)
    {
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
            _folder.Picture("images/" + name, (byte)(20 * i));
    }

    private void Tags(string csv) => _folder.Bytes("tags.csv", new UTF8Encoding(false).GetBytes(csv));
}
