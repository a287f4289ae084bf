using Rca.Computing;
using Rca.Data;
using Rca.Data.Folder;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Transforms;

namespace Rca.Samples;

/// <summary>What <see cref="SampleScenes.Write"/> made.</summary>
/// <param name="Directory">The data set's folder.</param>
/// <param name="Scenes">Scenes written.</param>
/// <param name="KnownStamps">Stamps that the train and val splits draw from.</param>
/// <param name="TestStamps">Stamps that the test split alone draws from.</param>
/// <param name="SkippedStamps">Stamps that could not be read.</param>
public sealed record SampleScenesResult(string Directory, int Scenes, int KnownStamps, int TestStamps, IReadOnlyList<string> SkippedStamps);

/// <summary>
/// Writes the sample set: cut-out photographs over landscapes with exact masks, in the layout of <see cref="FolderDataset"/>.
/// Pictures are JPEG of quality 92 at <c>images/train/00000.jpg</c> and so on, masks palette PNG. What the landscapes themselves show
/// (some show flowers) is background.
/// </summary>
public static class SampleScenes
{
    private const int JpegQuality = 92;

    /// <summary>Writes the set whole or not at all.</summary>
    /// <param name="directory">Where to write; it must not exist, or must be empty.</param>
    /// <param name="options">What to make.</param>
    /// <param name="progress">Receives the progress after each scene, from several threads.</param>
    /// <param name="cancellation">Stops between scenes; nothing is left behind.</param>
    /// <exception cref="RcaException">The folder is in use, source pictures are missing, an option is out of range, or the disk refuses.</exception>
    public static SampleScenesResult Write(
        string directory, SampleScenesOptions options, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var library = StampLibrary.Load(options.StampFolder);
        var backgrounds = LoadBackgrounds(options, cancellation);
        var known = new SceneComposer(options.Size, [.. library.Stamps.Where(stamp => !stamp.TestOnly)], backgrounds);
        var unseen = new SceneComposer(options.Size, [.. library.Stamps.Where(stamp => stamp.TestOnly)], backgrounds);
        List<(Split Split, int Index)> plan = [.. Plan(Split.Train, options.Train), .. Plan(Split.Val, options.Val), .. Plan(Split.Test, options.Test)];

        WholeFolder.Write(directory, folder =>
        {
            foreach (var split in Enum.GetValues<Split>())
                foreach (var part in (string[])["images", "masks"])
                    Directory.CreateDirectory(Path.Combine(folder, part, FolderName(split)));
            var rows = new string[plan.Count];
            var done = 0;
            Workers.For(plan.Count, options.Threads, cancellation, i =>
            {
                var (split, index) = plan[i];
                var scene = (split == Split.Test ? unseen : known).Compose(new Random(SceneSeed(options.Seed, split, index)));
                var name = $"{FolderName(split)}/{index:D5}";
                PictureFile.WriteJpeg(Path.Combine(folder, "images", name + ".jpg"), scene.Picture, JpegQuality);
                LabelFile.Write(Path.Combine(folder, "masks", name + ".png"), scene.Mask);
                rows[i] = $"{name}.jpg,{string.Join(';', scene.Tags.Select(c => StampLibrary.Classes[c]))},{FolderName(split)}\n";
                progress?.Report((Interlocked.Increment(ref done), plan.Count));
            });
            File.WriteAllText(Path.Combine(folder, TagsFile.Name), "image,tags,split\n" + string.Concat(rows));
            File.WriteAllText(Path.Combine(folder, ClassList.FileName), string.Concat(StampLibrary.Classes.Select(name => name + "\n")));
        });
        var testStamps = library.Stamps.Count(stamp => stamp.TestOnly);
        return new SampleScenesResult(directory, plan.Count, library.Stamps.Count - testStamps, testStamps, library.Skipped);
    }

    /// <summary>
    /// A seed of its own for each scene, so that neither the number of threads nor the size of another split changes a scene
    /// (the finaliser of SplitMix64, Steele et al. 2014).
    /// </summary>
    internal static int SceneSeed(int seed, Split split, int index)
    {
        var mixed = ((ulong)(uint)seed << 32) ^ ((ulong)split << 28) ^ (uint)index;
        mixed += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)(mixed ^ (mixed >> 31));
    }

    private static IEnumerable<(Split, int)> Plan(Split split, int count) => Enumerable.Range(0, count).Select(index => (split, index));

    private static string FolderName(Split split) => split.ToString().ToLowerInvariant();

    /// <summary>The photographs, made just large enough that the smallest piece cut from them needs no enlarging.</summary>
    private static Picture[] LoadBackgrounds(SampleScenesOptions options, CancellationToken cancellation)
    {
        if (!Directory.Exists(options.BackgroundFolder))
            throw new RcaException($"{options.BackgroundFolder}: the backgrounds of the sample set are not there. Run eng/bootstrap.sh pictures, which unpacks mate-backgrounds.");
        var files = SafeFolder.List(options.BackgroundFolder).Files
            .Where(file => Path.GetExtension(file.Name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png").ToList();
        if (files.Count == 0)
            throw new RcaException($"{options.BackgroundFolder}: no JPEG or PNG picture. Remove it, then run eng/bootstrap.sh pictures, which unpacks mate-backgrounds.");
        var side = (int)Math.Ceiling(options.Size / SceneComposer.SmallestCrop);
        var backgrounds = new Picture[files.Count];
        Workers.For(files.Count, options.Threads, cancellation, i => backgrounds[i] = Load(files[i].Path, side));
        return backgrounds;
    }

    private static Picture Load(string path, int shorterSide)
    {
        try
        {
            var picture = PictureFile.ReadRgb(path);
            var scale = (double)shorterSide / Math.Min(picture.Width, picture.Height);
            return scale >= 1 ? picture : Resampler.Resize(picture, (int)Math.Ceiling(picture.Width * scale), (int)Math.Ceiling(picture.Height * scale));
        }
        catch (PictureException failure)
        {
            throw new RcaException($"A background of the sample set cannot be read: {failure.Message}", failure);
        }
    }
}
