using Rca.Files;
using Rca.Text;

namespace Rca.Data.Voc;

/// <summary>
/// Reads the original tree of PASCAL VOC 2012: the lists of <c>ImageSets/Segmentation</c>, pictures of <c>JPEGImages</c>, tags of
/// <c>Annotations</c> or of a tags file, true masks of <c>SegmentationClass</c> and, where that has none, of <c>SegmentationClassAug</c>.
/// </summary>
public static class VocDataset
{
    /// <summary>The list that the train split is read from, unless another is chosen.</summary>
    public const string DefaultList = "train";

    private const string Lists = "ImageSets/Segmentation", Pictures = "JPEGImages", Xml = "Annotations", Masks = "SegmentationClass", MoreMasks = "SegmentationClassAug";

    /// <summary>Everything usable, and everything that looks wrong; does not throw for mistakes in the data.</summary>
    internal static TaggedDataset Read(string directory, DatasetOptions options)
    {
        var problems = new ProblemList();
        var folder = new DatasetFolder(directory, problems);
        var trainList = options.SplitList ?? DefaultList;
        var train = VocList.Read(folder, Lists, trainList, needed: true, problems);
        var val = VocList.Read(folder, Lists, "val", needed: false, problems);
        var pictures = folder.List(Pictures, "a folder with the pictures of PASCAL VOC 2012, as in 2007_000032.jpg");
        var xml = folder.List(Xml, options.Tags is null ? "a folder with an XML file for each picture; without it, name a tags file with --tags" : null);
        FolderListing masks = folder.List(Masks), more = folder.List(MoreMasks);
        foreach (var listing in (FolderListing[])[pictures, xml, masks, more])
            problems.AddRange(listing.Problems);

        var tags = new VocTags(options.Tags, xml, problems);
        var maskPaths = more.Files.Concat(masks.Files).GroupBy(file => file.Name, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last().Path, StringComparer.Ordinal);
        // A list or tags that were asked for by name and are not to be had: nothing else takes their place.
        var misled = (options.SplitList is not null && !train.Found) || (options.Tags is not null && tags.InFile == 0);
        List<TaggedImage> images = misled ? [] : Match(Assign(train, val, problems), pictures, tags, maskPaths, problems);
        ListedUse.Check(images, VocClasses.Names, $"{folder.At(Lists)}/{trainList}.txt", problems);
        return new TaggedDataset(directory, VocClasses.Names, images, problems.ToList())
        {
            Layout = DatasetLayout.Voc,
            Parts =
            [
                ListPart(train, "pictures of the train split"),
                ListPart(val, "pictures of the val split"),
                .. VocList.Others(folder, Lists, [train.Name, val.Name]).Select(name => new DatasetPart($"{Lists}/{name}.txt", true, "not used", $"another list; --split-list {name} trains on it")),
                folder.Part(Pictures, pictures, "pictures"),
                folder.Part(Xml, xml, "tags"),
                .. options.Tags is { } file ? [new DatasetPart(file, tags.InFile > 0, $"{tags.InFile} pictures", "tags; they go before Annotations")] : (DatasetPart[])[],
                folder.Part(Masks, masks, "true masks, for evaluation"),
                folder.Part(MoreMasks, more, "true masks of pictures that SegmentationClass lacks"),
            ],
        };

        static DatasetPart ListPart(VocList list, string use) =>
            new($"{Lists}/{list.Name}.txt", list.Found, list.Found ? $"{list.Entries.Count} pictures" : "missing", use);
    }

    /// <summary>A picture on both lists (trainval holds all of val) is a train picture: evaluating on it would flatter.</summary>
    private static List<(VocList List, VocListEntry Entry, Split Split)> Assign(VocList train, VocList val, ProblemList problems)
    {
        var trained = train.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        var rest = val.Entries.Where(entry => !trained.Contains(entry.Name)).ToList();
        if (rest.Count < val.Entries.Count)
            problems.Add("lists overlap", $"{val.Entries.Count - rest.Count} of {val.Entries.Count} pictures of {Lists}/{val.Name}.txt are also in {Lists}/{train.Name}.txt; they count as train.");
        return [.. train.Entries.Select(entry => (train, entry, Split.Train)), .. rest.Select(entry => (val, entry, Split.Val))];
    }

    private static List<TaggedImage> Match(
        List<(VocList List, VocListEntry Entry, Split Split)> listed, FolderListing pictures, VocTags tags, Dictionary<string, string> maskPaths, ProblemList problems)
    {
        var byName = pictures.Files.ToDictionary(file => file.Name, StringComparer.Ordinal);
        var found = tags.Find([.. listed.Select(item => item.Entry.Name)], problems);
        List<TaggedImage> images = [];
        var withoutMask = 0;
        foreach (var ((list, entry, split), own) in listed.Zip(found))
        {
            var name = $"{entry.Name}.jpg";
            if (!byName.TryGetValue(name, out var file) || file.Length == 0)
            {
                problems.Add(
                    "missing picture",
                    $"{Lists}/{list.Name}.txt line {entry.Line}: {Pictures}/{name} {(file is null ? "is missing" : "is empty")}. The picture is left out; copy it there.");
                continue;
            }
            // Without tags there is nothing to learn from; evaluation needs the mask alone.
            if (own is null && split == Split.Train)
                continue;
            var image = new TaggedImage(name, file.Path, own ?? [], split, maskPaths.GetValueOrDefault($"{entry.Name}.png")) { TagsKnown = own is not null };
            if (split == Split.Val && !image.HasMask)
                withoutMask++;
            images.Add(image);
        }
        if (withoutMask > 0)
            problems.Add("missing mask", $"{withoutMask} val pictures have no true mask in {Masks} or {MoreMasks} and cannot be used to evaluate; expected {Masks}/NAME.png.");
        return images;
    }
}
