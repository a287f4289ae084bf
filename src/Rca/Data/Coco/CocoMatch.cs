using Rca.Files;
using Rca.Text;

namespace Rca.Data.Coco;

/// <summary>Matches the pictures of a folder with the entries of an instances file.</summary>
/// <param name="path">The instances file.</param>
/// <param name="name">Its name, for messages.</param>
/// <param name="instances">What it says.</param>
/// <param name="folder">Name of the folder of the pictures.</param>
/// <param name="listing">Its files.</param>
/// <param name="split">The part of the data set.</param>
/// <param name="problems">Receives the problems found.</param>
internal sealed class CocoMatch(string path, string name, CocoInstances instances, string folder, FolderListing listing, Split split, ProblemList problems)
{
    private readonly HashSet<long> _notUnderstood = [.. instances.NotUnderstood]; // and those with an unknown category

    /// <summary>The usable images in the order of the file.</summary>
    /// <param name="named">Names of masks that are taken; the images' own are added.</param>
    public IEnumerable<TaggedImage> Images(HashSet<string> named)
    {
        var files = listing.Files.ToDictionary(file => file.Name, StringComparer.Ordinal);
        var regions = Regions();
        List<TaggedImage> images = [];
        foreach (var (picture, own) in instances.Pictures.DistinctBy(picture => picture.Id).Select(picture => (picture, regions[picture.Id])))
        {
            if (!files.TryGetValue(picture.FileName, out var file) || file.Length == 0)
            {
                problems.Add("missing picture", $"{name} names {folder}/{picture.FileName}, which is {(file is null ? "missing" : "empty")}. The picture is left out; copy it there.");
                continue;
            }
            if (_notUnderstood.Contains(picture.Id))
            {
                problems.Add("tags not understood", $"{name}: an annotation of {folder}/{picture.FileName} could not be read, so nobody knows what it shows. The picture is left out; mend the annotation.");
                continue;
            }
            var image = new TaggedImage(picture.FileName, file.Path, [.. own.Select(region => region.Label - 1).Distinct().Order()], split, MaskPath: null)
            {
                DrawMask = instances.WithoutOutline.Contains(picture.Id) ? null : new CocoMask(path, picture, own).Draw,
            };
            if (named.Add(image.MaskName))
                images.Add(image);
            else
                problems.Add("two pictures of one name", $"{name}: {folder}/{picture.FileName} would share its mask's name with another picture. It is left out; rename it.");
        }
        if (instances.WithoutOutline.Count > 0)
            problems.Add("no outline", $"{name}: pictures with annotations without a segmentation: {instances.WithoutOutline.Count}. Their tags count; they have no true mask to compare with.");
        int repeated = instances.Pictures.Count - regions.Count, untagged = images.Count(image => image.Tags.Count == 0);
        if (repeated > 0)
            problems.Add("duplicate picture number", $"{name}: {repeated} pictures have the id of another one and are left out.");
        if (untagged > 0)
            problems.Add("no tags", $"{untagged} {split.ToString().ToLowerInvariant()} pictures have no annotation, so they count as pictures of background alone.");
        return images;
    }

    /// <summary>The annotations of each picture.</summary>
    private Dictionary<long, List<CocoRegion>> Regions()
    {
        var labels = instances.Categories.Select((category, c) => (category.Id, Label: (ushort)(c + 1))).ToDictionary(pair => pair.Id, pair => pair.Label);
        foreach (var (other, same) in instances.SameCategories)
            labels[other] = labels[same];
        var regions = instances.Pictures.DistinctBy(picture => picture.Id).ToDictionary(picture => picture.Id, _ => new List<CocoRegion>());
        foreach (var annotation in instances.Annotations)
        {
            if (!regions.TryGetValue(annotation.Picture, out var own))
                problems.Add("annotation without picture", $"{name}: the annotation at byte {annotation.Offset:N0} belongs to image {annotation.Picture}, which the file does not list. It is left out.");
            else if (!labels.TryGetValue(annotation.Category, out var label))
            {
                problems.Add("unknown class", $"{name}: the annotation at byte {annotation.Offset:N0} has the category {annotation.Category}, which the file does not list.");
                _notUnderstood.Add(annotation.Picture);
            }
            else
                own.Add(new CocoRegion(annotation.Offset, annotation.Length, label));
        }
        return regions;
    }
}
