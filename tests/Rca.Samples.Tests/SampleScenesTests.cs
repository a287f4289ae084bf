using Rca.Data;
using Rca.Data.Folder;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Tests;

namespace Rca.Samples.Tests;

public sealed class SampleScenesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SampleScenesOptions _options;

    public SampleScenesTests() => _options = PaintedStamps.Paint(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WritesADataSetWithoutProblems()
    {
        var result = Write("out", _options);

        Assert.Equal((24, 72, 18), (result.Scenes, result.KnownStamps, result.TestStamps));
        var report = DatasetCheck.Run(_folder.At("out"), cancellation: TestContext.Current.CancellationToken);
        Assert.All(report.Problems, problem => Assert.Equal("class without pictures", problem.Kind));
        Assert.Equal([(12, 12), (6, 6), (6, 6)], report.Splits.Select(split => (split.Images, split.WithMask)));
        Assert.Equal(StampLibrary.Classes, report.Classes.Select(count => count.Name));
        Assert.Equal(new SizeRange(48, 48, 48, 48), report.Sizes);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesWithAnyNumberOfThreads()
    {
        Write("one", _options);
        Write("two", _options with { Threads = 2 });
        Write("other", _options with { Seed = 1 });

        Assert.Equal(Files("one"), Files("two"));
        Assert.NotEqual(Files("one"), Files("other"));
    }

    [Fact]
    public void AnotherSizeOfOneSplitChangesNoSceneOfTheOthers()
    {
        Write("few", _options with { Train = 2 });
        Write("many", _options);

        var many = Files("many");
        Assert.All(Files("few").Where(file => file.Key.EndsWith("jpg", StringComparison.Ordinal)), file => Assert.Equal(file.Value, many[file.Key]));
    }

    [Fact]
    public void TestStampsAppearInTheTestSplitAlone()
    {
        Write("out", _options with { Train = 40, Test = 20 });

        foreach (var image in FolderDataset.Load(_folder.At("out")).Images)
        {
            var (picture, mask) = (PictureFile.ReadRgb(image.Path), LabelFile.Read(image.MaskPath!));
            double red = 0, blue = 0;
            for (var i = 0; i < mask.Labels.Length; i++)
                if (mask.Labels[i] != 0)
                    (red, blue) = (red + picture.Pixels[i * 3], blue + picture.Pixels[i * 3 + 2]);
            Assert.True(image.Split == Split.Test ? blue > 3 * red : red > 3 * blue, $"{image.Name}: red {red}, blue {blue}");
        }
    }

    [Fact]
    public void MasksCoverTheObjectsExactly()
    {
        var stamps = Enumerable.Range(0, 2).Select(c => new Stamp($"{c}", c, false, Opaque(30, 18))).ToList();
        var composer = new SceneComposer(64, stamps, [new Picture(200, 200, 3)]);
        for (var seed = 0; seed < 50; seed++)
        {
            var scene = composer.Compose(new Random(seed));
            for (var i = 0; i < scene.Mask.Labels.Length; i++)
                Assert.Equal(scene.Picture.Pixels[i * 3] > 0, scene.Mask.Labels[i] != 0);
            var height = Enumerable.Range(0, 64).Count(y => scene.Mask.Labels.AsSpan(y * 64, 64).ContainsAnyExcept((ushort)0));
            Assert.InRange(height, (int)(0.35 * 64 * 18 / 30), 64);
        }
    }

    [Fact]
    public void AClassIsTaggedIfEnoughOfItShowsAndIgnoredIfNot()
    {
        // The second class is two specks in the corners of a stamp: never 40 pixels. The discs hide one another now and then.
        var specks = new Picture(64, 64, 4);
        specks.Pixels[3] = specks.Pixels[^1] = 255;
        Stamp[] stamps = [new("disc", 0, false, Opaque(20, 20)), new("specks", 1, false, specks), new("line", 2, false, Opaque(60, 1))];
        var composer = new SceneComposer(128, stamps, [new Picture(200, 200, 3)]);
        var ignored = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var scene = composer.Compose(new Random(seed));
            var visible = scene.Mask.Labels.Where(label => label != 0).CountBy(label => label).ToDictionary();
            ignored += visible.Remove(LabelMap.Ignore) ? 1 : 0;
            Assert.NotEmpty(scene.Tags);
            Assert.DoesNotContain(1, scene.Tags);
            Assert.Equal(visible.Keys.Select(label => label - 1).Order(), scene.Tags);
            Assert.All(visible.Values, pixels => Assert.True(pixels >= 40));
        }
        Assert.InRange(ignored, 10, 90);
    }

    [Fact]
    public void StampsThatNeverShowEnoughAreAnErrorAndNoEndlessLoop()
    {
        var speck = new Stamp("speck", 0, false, new Picture(40, 40, 4));
        var composer = new SceneComposer(64, [speck], [new Picture(100, 100, 3)]);

        Assert.Throws<RcaException>(() => composer.Compose(new Random(0)));
    }

    [Fact]
    public void LeavesNothingBehindWhenStopped()
    {
        using var stop = new CancellationTokenSource();
        var progress = new StopAfter(5, stop);

        Assert.ThrowsAny<OperationCanceledException>(() => SampleScenes.Write(_folder.At("out"), _options, progress, stop.Token));

        Assert.Equal(["backgrounds", "stamps"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void WritesIntoAnEmptyFolderButNotOverFiles()
    {
        Directory.CreateDirectory(_folder.At("out"));
        Write("out", _options);
        var before = Files("out");

        Assert.Contains("exists and is not empty", Assert.Throws<RcaException>(() => Write("out", _options with { Seed = 1 })).Message, StringComparison.Ordinal);
        Assert.Equal(before, Files("out"));
        _folder.Text("file", "x");
        Assert.Throws<RcaException>(() => Write("file", _options));
        Assert.Contains("could not be written", Assert.Throws<RcaException>(() => Write("file/out", _options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaysHowToGetMissingBackgroundsAndWhichOptionsAreWrong()
    {
        var noBackgrounds = Assert.Throws<RcaException>(() => Write("out", _options with { BackgroundFolder = _folder.At("none") }));
        Assert.Contains("eng/bootstrap.sh", noBackgrounds.Message, StringComparison.Ordinal);

        var wrong = Assert.Throws<RcaException>(() => Write("out", _options with { Train = 0, Size = 9, Test = -1 }));
        Assert.Contains("train is 0, expected 1 to 1000000; test is -1, expected 0 to 1000000; size is 9, expected 32 to 2048", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheRealPicturesGiveAllClassesAndPlausibleSizes()
    {
        var checkout = new DirectoryInfo(AppContext.BaseDirectory);
        while (checkout is not null && !File.Exists(Path.Combine(checkout.FullName, "Rca.slnx")))
            checkout = checkout.Parent;
        var cache = Environment.GetEnvironmentVariable("RCA_CACHE") ?? Path.Combine(checkout?.FullName ?? ".", ".cache");
        var options = SampleScenesOptions.FromCache(cache) with { Train = 60, Val = 20, Test = 20, Size = 64 };
        Assert.SkipUnless(Directory.Exists(options.StampFolder) && Directory.Exists(options.BackgroundFolder), $"No pictures below {cache}; eng/bootstrap.sh unpacks them.");

        var result = Write("out", options);
        var report = DatasetCheck.Run(_folder.At("out"), cancellation: TestContext.Current.CancellationToken);

        Assert.InRange(result.KnownStamps, 150, 250);
        Assert.Empty(report.Problems);
        Assert.All(report.Classes, count => Assert.InRange(count.Train, 4, 40));
    }

    private SampleScenesResult Write(string name, SampleScenesOptions options) =>
        SampleScenes.Write(_folder.At(name), options, cancellation: TestContext.Current.CancellationToken);

    private static Picture Opaque(int width, int height)
    {
        var picture = new Picture(width, height, 4);
        Array.Fill(picture.Pixels, (byte)255);
        return picture;
    }

    private SortedDictionary<string, string> Files(string name) => new(
        Directory.GetFiles(_folder.At(name), "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(_folder.At(name), file), file => Convert.ToHexString(File.ReadAllBytes(file))),
        StringComparer.Ordinal);

    private sealed class StopAfter(int scenes, CancellationTokenSource stop) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value)
        {
            if (value.Done >= scenes)
                stop.Cancel();
        }
    }
}
