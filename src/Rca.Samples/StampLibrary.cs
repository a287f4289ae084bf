using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Transforms;

namespace Rca.Samples;

/// <summary>A cut-out photograph.</summary>
/// <param name="Name">Path below the stamp folder.</param>
/// <param name="Class">Its class, counted from 0.</param>
/// <param name="TestOnly">Whether it is kept for the test split.</param>
/// <param name="Picture">RGB and alpha, trimmed to what is visible.</param>
public sealed record Stamp(string Name, int Class, bool TestOnly, Picture Picture);

/// <summary>
/// The cut-out photographs of the sample set: PNG files with alpha in the folders of Debian's <c>tuxpaint-stamps-default</c>. Drawings
/// (the folders <c>cartoon</c>, <c>toys</c> and <c>plastic</c>, and all SVG files) are left out, and so are mirrored copies
/// (<c>*_mirror.png</c>): scenes flip stamps at random, and a copy in train would reveal its original to the test split.
/// </summary>
public sealed class StampLibrary
{
    /// <summary>In each class, of the stamps in ordinal order, every fifth (the 5th, 10th, ...) is kept for the test split.</summary>
    public const int TestEvery = 5;

    /// <summary>A pixel belongs to an object from this alpha on: one half.</summary>
    public const byte OpaqueFrom = 128;

    private static readonly (string Class, string Folder)[] Folders =
    [
        ("bird", "animals/birds"),
        ("mammal", "animals/mammals"),
        ("fish", "animals/fish"),
        ("insect", "animals/insects"),
        ("fruit", "food/fruit"),
        ("flower", "plants/flowers"),
        ("vehicle", "vehicles"),
        ("vegetable", "food/vegetables"),
        ("instrument", "hobbies/music"),
    ];

    private static readonly string[] DrawingFolders = ["cartoon", "toys", "plastic"];

    private StampLibrary(IReadOnlyList<Stamp> stamps, IReadOnlyList<string> skipped)
    {
        (Stamps, Skipped) = (stamps, skipped);
    }

    /// <summary>The classes in order.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Folders.Select(folder => folder.Class)];

    /// <summary>All stamps by class, in ordinal order of their names.</summary>
    public IReadOnlyList<Stamp> Stamps { get; }

    /// <summary>Stamps that could not be read, or show nothing.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>Reads all stamps; about 200 pictures.</summary>
    /// <param name="folder">The folder that holds <c>animals</c>, <c>food</c>, <c>hobbies</c>, <c>plants</c> and <c>vehicles</c>.</param>
    /// <exception cref="RcaException">The folder is missing, or a class has too few stamps to keep some for the test.</exception>
    public static StampLibrary Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new RcaException($"{folder}: the stamps of the sample set are not there. Run eng/bootstrap.sh pictures, which unpacks tuxpaint-stamps-default.");
        List<Stamp> stamps = [];
        List<string> skipped = [];
        for (var c = 0; c < Folders.Length; c++)
        {
            // Places in the order count before unreadable files are skipped, so that a broken file moves no other stamp to the test.
            var names = Photographs(folder, Folders[c].Folder);
            for (var i = 0; i < names.Count; i++)
            {
                if (TryRead(Path.Combine(folder, names[i])) is { } picture)
                    stamps.Add(new Stamp(names[i], c, i % TestEvery == TestEvery - 1, picture));
                else
                    skipped.Add(names[i]);
            }
        }
        var poor = Classes.Where((_, c) => !stamps.Exists(stamp => stamp.Class == c && stamp.TestOnly) || !stamps.Exists(stamp => stamp.Class == c && !stamp.TestOnly));
        if (poor.Any())
            throw new RcaException(
                $"{folder}: too few readable stamps of {string.Join(", ", poor)}; expected at least {TestEvery} PNG files of each class. "
                + "Remove it, then run eng/bootstrap.sh pictures, which unpacks tuxpaint-stamps-default.");
        return new StampLibrary(stamps, skipped);
    }

    private static List<string> Photographs(string folder, string classFolder)
    {
        var path = Path.Combine(folder, classFolder);
        if (!Directory.Exists(path))
            return [];
        return
        [
            .. from file in SafeFolder.List(path).Files
               where file.Name.EndsWith(".png", StringComparison.Ordinal) && !file.Name.EndsWith("_mirror.png", StringComparison.Ordinal)
               where !file.Name.Split('/').Intersect(DrawingFolders).Any()
               select $"{classFolder}/{file.Name}",
        ];
    }

    private static Picture? TryRead(string path)
    {
        try
        {
            return Trim(PictureFile.ReadRgba(path));
        }
        catch (PictureException)
        {
            return null;
        }
    }

    /// <summary>Cuts away rows and columns in which nothing reaches half opacity; null where nothing does.</summary>
    private static Picture? Trim(Picture stamp)
    {
        var (left, top, right, bottom) = (stamp.Width, stamp.Height, -1, -1);
        for (var y = 0; y < stamp.Height; y++)
        {
            for (var x = 0; x < stamp.Width; x++)
            {
                if (stamp.Pixels[(y * stamp.Width + x) * 4 + 3] < OpaqueFrom)
                    continue;
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
                (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
            }
        }
        return right < 0 ? null : PictureTransforms.Crop(stamp, left, top, right - left + 1, bottom - top + 1);
    }
}
