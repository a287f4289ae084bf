using Rca.Files;
using Rca.Text;

namespace Rca.Data.Folder;

/// <summary>
/// Reads a data set from a folder: <c>images/</c> with JPEG and PNG files at any depth, <c>tags.csv</c> with the header
/// <c>image,tags[,split]</c>, and if present <c>masks/</c> (true masks for evaluation) and <c>classes.txt</c> (the order of the classes).
/// </summary>
public static class FolderDataset
{
    /// <summary>Lists files and reads the tags; opens no picture, so that also a large data set loads at once.</summary>
    /// <param name="directory">The data set's folder.</param>
    /// <returns>
    /// The usable images in the order of <c>tags.csv</c>, with everything that looks wrong in <see cref="TaggedDataset.Problems"/>. Without
    /// <c>classes.txt</c> the classes are the tags in ordinal order; with it, tags that it does not name are left out.
    /// </returns>
    /// <exception cref="RcaException">There is no usable image; the message lists every reason.</exception>
    public static TaggedDataset Load(string directory) => Read(directory).RequireUsable();

    /// <summary>As <see cref="Load"/>, but a data set of which nothing is usable comes back empty, with its problems.</summary>
    internal static TaggedDataset Read(string directory)
    {
        var problems = new ProblemList();
        if (!Directory.Exists(directory))
        {
            problems.Add("missing folder", $"{directory}: there is no such folder. Expected a folder with images/ and {TagsFile.Name}.", fatal: true);
            return new TaggedDataset(directory, [], [], problems.ToList());
        }

        var folder = new DatasetFolder(directory, problems);
        var hasTags = folder.Has(TagsFile.Name, "a text file with the header 'image,tags[,split]' and one row for each picture");
        var rows = hasTags ? TagsFile.Read(folder.At(TagsFile.Name), problems) : [];
        var hasClasses = folder.Has(ClassList.FileName);
        var classes = hasClasses ? ClassList.FromFile(folder.At(ClassList.FileName), problems) : ClassList.FromTags(rows, problems);
        var listing = folder.List("images", "a folder with the pictures (JPEG, PNG), at any depth");
        var pictures = new PictureIndex(listing, problems);
        var masks = folder.List("masks");
        problems.AddRange(masks.Problems);

        var (images, untagged) = Match(rows, classes, pictures, masks, problems);
        classes.Report(problems);
        CheckUse(images, classes, problems);
        return new TaggedDataset(directory, classes.Names, images, problems.ToList())
        {
            Layout = DatasetLayout.Folder,
            Untagged = untagged,
            Parts =
            [
                folder.Part("images", listing, "pictures"),
                Part(TagsFile.Name, hasTags, $"{rows.Count} rows", "tags and splits"),
                folder.Part("masks", masks, "true masks, for evaluation"),
                Part(ClassList.FileName, hasClasses, $"{classes.Names.Count} classes", "order of the classes"),
            ],
        };

        static DatasetPart Part(string name, bool found, string content, string use) => new(name, found, found ? content : "missing", use);
    }

    private static (List<TaggedImage> Images, List<TaggedImage> Untagged) Match(
        IReadOnlyList<TagsRow> rows, ClassList classes, PictureIndex pictures, FolderListing masks, ProblemList problems)
    {
        var maskPaths = masks.Files.ToDictionary(mask => mask.Name, mask => mask.Path, StringComparer.Ordinal);
        Dictionary<string, TagsRow> firstRows = new(StringComparer.Ordinal);
        HashSet<string> named = new(StringComparer.Ordinal);
        List<TaggedImage> images = [], untagged = [];
        foreach (var row in rows)
        {
            if (pictures.Find(row, problems) is not { } file)
                continue;
            named.Add(file.Name);
            if (!firstRows.TryAdd(PictureIndex.Stem(file.Name), row))
            {
                var first = firstRows[PictureIndex.Stem(file.Name)];
                var same = first.Tags.SequenceEqual(row.Tags) && first.Split == row.Split ? "with the same tags" : "with other tags or another split";
                problems.Add("duplicate row", $"{TagsFile.Name} line {row.Line}: '{row.Image}' is already on line {first.Line}, {same}. The first row counts; remove one.");
                continue;
            }
            var tags = classes.Resolve(row);
            if (tags?.Count == 0)
                problems.Add("no tags", $"{TagsFile.Name} line {row.Line}: '{row.Image}' has no tag, so it counts as a picture of background alone. Add its tags if it shows a class.");
            var image = new TaggedImage(file.Name, file.Path, tags ?? [], row.Split, MaskPath: null) { TagsKnown = tags is not null };
            image = image with { MaskPath = maskPaths.GetValueOrDefault(image.MaskName) };
            // Without tags there is nothing to learn from; evaluation needs the mask alone.
            if (tags is null && row.Split == Split.Train)
                untagged.Add(image with { Split = Split.Test });
            else
                images.Add(image);
        }

        HashSet<string> stems = new(firstRows.Keys, StringComparer.Ordinal);
        foreach (var file in pictures.Files.Where(file => !named.Contains(file.Name)))
        {
            problems.Add("picture without row", $"images/{file.Name} has no usable row in {TagsFile.Name} and is left out of training; add a row with its tags.");
            // Pictures that share their stem would share their mask too.
            if (file.Length > 0 && stems.Add(PictureIndex.Stem(file.Name)))
                untagged.Add(new TaggedImage(file.Name, file.Path, [], Split.Test, maskPaths.GetValueOrDefault(Path.ChangeExtension(file.Name, ".png"))) { TagsKnown = false });
        }
        foreach (var name in maskPaths.Keys.Except(pictures.Files.Select(file => Path.ChangeExtension(file.Name, ".png"))))
            problems.Add("mask without picture", $"masks/{name} belongs to no picture; expected the path of a picture below images/, with the extension .png.");
        return (images, untagged);
    }

    /// <summary>Checks what is missing in each part of the data.</summary>
    private static void CheckUse(List<TaggedImage> images, ClassList classes, ProblemList problems)
    {
        if (images.Count == 0)
        {
            problems.Add("nothing usable", $"No row of {TagsFile.Name} leads to a usable picture below images/.", fatal: true);
            return;
        }
        var trained = images.Where(image => image.Split == Split.Train).SelectMany(image => image.Tags).ToHashSet();
        if (trained.Count == 0)
            problems.Add("nothing to train on", "No picture of the train split has a tag; give tags to pictures with the split train.", fatal: true);
        else
            foreach (var name in classes.Names.Where((_, c) => !trained.Contains(c)))
                problems.Add("class without pictures", $"Class '{name}' has no picture in the train split and cannot be learnt; add pictures or remove the class.");
    }
}
