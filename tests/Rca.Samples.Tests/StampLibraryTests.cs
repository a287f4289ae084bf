using Rca.Imaging;
using Rca.Tests;

namespace Rca.Samples.Tests;

public sealed class StampLibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KeepsEveryFifthStampOfEachClassForTheTestAndTrimsAll()
    {
        var library = StampLibrary.Load(PaintedStamps.Paint(_folder).StampFolder);

        Assert.Equal(9 * PaintedStamps.PerClass, library.Stamps.Count);
        foreach (var ofClass in library.Stamps.GroupBy(stamp => stamp.Class))
        {
            Assert.Equal(ofClass.Select(stamp => stamp.Name).Order(StringComparer.Ordinal), ofClass.Select(stamp => stamp.Name));
            Assert.Equal([4, 9], ofClass.Index().Where(stamp => stamp.Item.TestOnly).Select(stamp => stamp.Index));
        }
        Assert.All(library.Stamps, stamp => Assert.Equal((12, 12), (stamp.Picture.Width, stamp.Picture.Height)));
        Assert.Contains(library.Stamps, stamp => stamp.Name == "animals/mammals/cats/0.png" && StampLibrary.Classes[stamp.Class] == "mammal");
    }

    [Fact]
    public void LeavesOutDrawingsMirroredCopiesAndOtherFiles()
    {
        var options = PaintedStamps.Paint(_folder);
        foreach (var name in (string[])["cartoon/x.png", "toys/x.png", "0_mirror.png", "x.svg", "x.txt"])
            PaintedStamps.Save(_folder.At($"stamps/animals/birds/{name}"), PaintedStamps.Disc(blue: false));

        var library = StampLibrary.Load(options.StampFolder);

        Assert.Equal(9 * PaintedStamps.PerClass, library.Stamps.Count);
        Assert.Empty(library.Skipped);
    }

    [Fact]
    public void AnUnreadableOrInvisibleStampIsSkippedAndMovesNoOtherToTheTest()
    {
        var options = PaintedStamps.Paint(_folder);
        _folder.Text("stamps/animals/birds/0.png", "no picture");
        PaintedStamps.Save(_folder.At("stamps/animals/birds/1.png"), new Picture(5, 5, 4));

        var library = StampLibrary.Load(options.StampFolder);

        Assert.Equal(["animals/birds/0.png", "animals/birds/1.png"], library.Skipped);
        Assert.Equal(["animals/birds/4.png", "animals/birds/9.png"], library.Stamps.Where(stamp => stamp.Class == 0 && stamp.TestOnly).Select(stamp => stamp.Name));
    }

    [Fact]
    public void SaysHowToGetMissingStamps()
    {
        var options = PaintedStamps.Paint(_folder);
        Directory.Delete(_folder.At("stamps/animals/fish"), recursive: true);

        Assert.Contains("too few readable stamps of fish;", Assert.Throws<RcaException>(() => StampLibrary.Load(options.StampFolder)).Message, StringComparison.Ordinal);
        Assert.Contains("eng/bootstrap.sh", Assert.Throws<RcaException>(() => StampLibrary.Load(_folder.At("none"))).Message, StringComparison.Ordinal);
    }
}
