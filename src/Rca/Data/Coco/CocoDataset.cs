using System.Text.Json;
using Rca.Imaging.Masks;
using Rca.Text;

namespace Rca.Data.Coco;

/// <summary>
/// Reads the original tree of COCO 2014 or 2017: <c>annotations/instances_train2017.json</c> and <c>instances_val2017.json</c> with the
/// pictures of <c>train2017</c> and <c>val2017</c>. Every annotation, crowd regions too, tags its picture; a picture without any is
/// background alone. Classes are the file's categories by their numbers, which is the published order of the 80.
/// </summary>
public static class CocoDataset
{
    /// <summary>The years that are read.</summary>
    public static IReadOnlyList<int> Years { get; } = [2014, 2017];

    /// <summary>Everything usable, and everything that looks wrong; does not throw for mistakes in the data.</summary>
    internal static TaggedDataset Read(string directory, DatasetOptions options)
    {
        var problems = new ProblemList();
        var folder = new DatasetFolder(directory, problems);
        if (Year(folder, options.Year, problems) is not { } year)
            return new TaggedDataset(directory, [], [], problems.ToList()) { Layout = DatasetLayout.Coco };

        List<DatasetPart> parts = [];
        List<TaggedImage> images = [];
        HashSet<string> named = new(StringComparer.Ordinal);
        var train = ReadPart(Split.Train, needed: true);
        var val = ReadPart(Split.Val, needed: false);
        string[] classes = train is null ? [] : [.. train.Categories.Select(category => category.Name)];
        if (train is not null && classes.Length == 0)
            problems.Add("no classes", $"{InstancesName(Split.Train)} has {classes.Length} usable categories; expected a list of 1 to {LabelMap.Ignore - 1} under 'categories'.", fatal: true);
        else if (train is not null && val is not null && !train.Categories.SequenceEqual(val.Categories))
            problems.Add("classes differ", $"{InstancesName(Split.Val)} has other categories than {InstancesName(Split.Train)}; take both from one release.", fatal: true);
        else if (train is not null)
        {
            AddImages(train, Split.Train);
            AddImages(val, Split.Val);
        }
        if (train is not null)
            ListedUse.Check(images, classes, folder.At(InstancesName(Split.Train)), problems);
        return new TaggedDataset(directory, classes, images, problems.ToList()) { Layout = DatasetLayout.Coco, Parts = parts };

        string PicturesName(Split split) => $"{split.ToString().ToLowerInvariant()}{year}";

        string InstancesName(Split split) => Instances(PicturesName(split));

        CocoInstances? ReadPart(Split split, bool needed)
        {
            var (name, use) = (InstancesName(split), $"tags and true masks of the {split.ToString().ToLowerInvariant()} split");
            var instances = folder.Has(name, needed ? $"the instances file of COCO {year}" : null) ? Load(folder.At(name), name, problems, needed) : null;
            parts.Add(instances is null
                ? new DatasetPart(name, false, "missing", use)
                : new DatasetPart(name, true, $"{instances.Pictures.Count} pictures, {instances.Annotations.Count} annotations, {instances.Categories.Count} classes", use));
            return instances;
        }

        void AddImages(CocoInstances? instances, Split split)
        {
            var name = PicturesName(split);
            var listing = folder.List(name, instances is not null && split == Split.Train ? $"a folder with the pictures of COCO {year}" : null);
            problems.AddRange(listing.Problems);
            var part = folder.Part(name, listing, $"pictures of the {split.ToString().ToLowerInvariant()} split");
            parts.Add(part);
            if (instances is not null && split == Split.Val && !Directory.Exists(folder.At(name)))
                problems.Add("missing folder", $"{folder.At(name)} is missing, so there are no val pictures. Expected a folder with the pictures of COCO {year}.");
            if (instances is not null && part.Found)
                images.AddRange(new CocoMatch(folder.At(InstancesName(split)), InstancesName(split), instances, name, listing, split, problems).Images(named));
        }
    }

    private static string Instances(string part) => $"annotations/instances_{part}.json";

    /// <summary>The year that was asked for, or the one that is there.</summary>
    private static int? Year(DatasetFolder folder, int? wanted, ProblemList problems)
    {
        if (wanted is not null && !Years.Contains(wanted.Value))
        {
            problems.Add("year", $"--year is {wanted}; expected {string.Join(" or ", Years)}.", fatal: true);
            return null;
        }
        int[] found = [.. Years.Where(year => File.Exists(folder.At(Instances($"train{year}"))))];
        if ((wanted ?? (found.Length == 1 ? found[0] : null)) is { } year)
            return year;
        if (found.Length > 1)
            problems.Add("year", $"{folder.At("annotations")} has the instances of {string.Join(" and ", found)}; choose with --year {found[0]} or --year {found[1]}.", fatal: true);
        else
            problems.Add("missing file", $"{folder.At(Instances("train2017"))} is missing, and so is {Path.GetFileName(Instances("train2014"))}. Expected an instances file of COCO there.", fatal: true);
        return null;
    }

    private static CocoInstances? Load(string path, string name, ProblemList problems, bool needed)
    {
        try
        {
            return new CocoInstances(path, name, problems);
        }
        catch (JsonException failure)
        {
            problems.Add("unreadable annotations", $"{path} is damaged ({failure.Message.TrimEnd('.')}). Expected the JSON of an instances file; unpack it again.", needed);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add("unreadable annotations", $"{path} cannot be read ({failure.Message.TrimEnd('.')}).", needed);
        }
        return null;
    }
}
