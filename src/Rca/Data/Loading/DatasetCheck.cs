using System.Security.Cryptography;
using Rca.Computing;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Text;

namespace Rca.Data.Loading;

/// <summary>A thorough check of a data set: decodes every picture and mask, compares sizes, finds equal files.</summary>
public static class DatasetCheck
{
    /// <summary>Checks the data set in a folder, several pictures at a time; never throws for what is wrong with the data.</summary>
    /// <param name="directory">The data set's folder, in any layout that <see cref="DatasetReader"/> knows.</param>
    /// <param name="options">Options that only some layouts have; null for the defaults.</param>
    /// <param name="progress">Receives the progress after each picture, from several threads.</param>
    /// <param name="cancellation">Stops between images.</param>
    public static DatasetReport Run(
        string directory, DatasetOptions? options = null, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var dataset = DatasetReader.Read(directory, options);
        var findings = new Finding[dataset.Images.Count];
        var done = 0;
        Workers.For(findings.Length, Environment.ProcessorCount, cancellation, i =>
        {
            findings[i] = Look(dataset.Images[i], dataset);
            progress?.Report((Interlocked.Increment(ref done), findings.Length));
        });

        var problems = new ProblemList();
        problems.AddRange(dataset.Problems);
        problems.AddRange(findings.SelectMany(finding => finding.Problems));
        AddDuplicates(dataset, findings, problems);
        bool[] shows = [.. dataset.Images.Zip(findings).Where(pair => pair.First.Tags.Count > 0 && pair.Second.ShowsClass is not null).Select(pair => pair.Second.ShowsClass!.Value)];
        if (shows.Length > 0 && !shows.Contains(true))
            problems.Add("masks show no class", $"None of the {shows.Length} true masks of tagged pictures shows a class: all their pixels are 0 (background) or 255 (ignore). {TrueMasks.ClassesAreNumbered}");
        var train = dataset.Images.Zip(findings).Where(pair => pair.First.Split == Split.Train).ToList();
        if (train.Count > 0 && train.All(pair => pair.Second.Size is null))
            problems.Add("nothing readable", $"none of the {train.Count} train pictures can be read. Training needs at least one.", fatal: true);
        return new DatasetReport(dataset.Root, dataset.Layout, dataset.Parts, CountSplits(dataset), CountClasses(dataset), Range(findings), problems.ToList());
    }

    /// <summary>What one image shows: its size and content hash where it is readable, and whether its true mask shows a class where it has one.</summary>
    private sealed record Finding((int Width, int Height)? Size, string? Hash, bool? ShowsClass, IReadOnlyList<DatasetProblem> Problems);

    private static Finding Look(TaggedImage image, TaggedDataset dataset)
    {
        try
        {
            var picture = PictureFile.ReadRgb(image.Path);
            using var file = File.OpenRead(image.Path);
            var hash = Convert.ToHexString(SHA256.HashData(file));
            List<DatasetProblem> problems = [];
            var shows = image.HasMask ? LookAtMask(image, picture, dataset, problems) : null;
            return new Finding((picture.Width, picture.Height), hash, shows, problems);
        }
        catch (Exception failure) when (failure is PictureException or IOException or UnauthorizedAccessException)
        {
            return new Finding(null, null, null, [new DatasetProblem(
                "unreadable picture", $"{failure.Message.TrimEnd('.')}. It will be left out; replace it, or take it off the list.")]);
        }
    }

    /// <summary>Whether the true mask shows a class; null where it cannot be read.</summary>
    private static bool? LookAtMask(TaggedImage image, Picture picture, TaggedDataset dataset, List<DatasetProblem> problems)
    {
        var classes = dataset.Classes;
        var name = image.MaskPath is { } path ? Below(dataset, path) : $"the annotated mask of {image.Name}";
        LabelMap mask;
        try
        {
            mask = image.ReadMask()!;
        }
        catch (PictureException failure)
        {
            problems.Add(new DatasetProblem(
                "unreadable mask",
                $"{failure.Message.TrimEnd('.')}.{(image.MaskPath is null ? "" : " Expected a palette or grey PNG with one label for each pixel.")}"));
            return null;
        }

        if ((mask.Width, mask.Height) != (picture.Width, picture.Height))
            problems.Add(new DatasetProblem(
                "mask size", $"{name} is {mask.Width}×{mask.Height}, its picture {picture.Width}×{picture.Height}; make the mask at the picture's size."));
        var labels = mask.Labels.Where(label => label is not (0 or LabelMap.Ignore)).Distinct().Order().ToList();
        if (labels.Count > 0 && labels[^1] > classes.Count)
            problems.Add(new DatasetProblem(
                "mask label", $"{name} has label {labels[^1]}; expected 0 (background) to {classes.Count}, the number of classes, or 255 (ignore)."));
        var untagged = labels.Where(label => label <= classes.Count && !image.Tags.Contains(label - 1)).Select(label => classes[label - 1]).ToList();
        if (untagged.Count > 0 && image.TagsKnown)
            problems.Add(new DatasetProblem(
                "mask without tag", $"{name} shows {string.Join(", ", untagged)}, which the tags do not name. Add the tag, or check the order of the classes."));
        return labels.Count > 0;
    }

    private static string Below(TaggedDataset dataset, string path) => Path.GetRelativePath(dataset.Root, path);

    private static void AddDuplicates(TaggedDataset dataset, Finding[] findings, ProblemList problems)
    {
        foreach (var same in dataset.Images.Zip(findings).Where(pair => pair.Second.Hash is not null).GroupBy(pair => pair.Second.Hash, pair => pair.First))
        {
            var first = same.First();
            foreach (var other in same.Skip(1))
            {
                var (one, two) = (Below(dataset, first.Path), Below(dataset, other.Path));
                if (other.Split == first.Split)
                    problems.Add("duplicate picture", $"{two} is the same file as {one}; it counts twice. Remove one of the two.");
                else
                    problems.Add(
                        "duplicate picture across splits",
                        $"{two} ({other.Split}) is the same file as {one} ({first.Split}), so the figures flatter. Keep it in one split.");
            }
        }
    }

    private static List<SplitCount> CountSplits(TaggedDataset dataset) =>
    [
        .. from split in Enum.GetValues<Split>()
           let images = dataset.Of(split)
           select new SplitCount(split, images.Count, images.Count(image => image.Tags.Count == 0), images.Count(image => image.HasMask)),
    ];

    private static List<ClassCount> CountClasses(TaggedDataset dataset)
    {
        var counts = new int[dataset.Classes.Count, Enum.GetValues<Split>().Length];
        foreach (var image in dataset.Images)
            foreach (var c in image.Tags)
                counts[c, (int)image.Split]++;
        return [.. dataset.Classes.Select((name, c) => new ClassCount(name, counts[c, (int)Split.Train], counts[c, (int)Split.Val], counts[c, (int)Split.Test]))];
    }

    private static SizeRange? Range(Finding[] findings)
    {
        var sizes = findings.Where(finding => finding.Size is not null).Select(finding => finding.Size!.Value).ToList();
        return sizes.Count == 0
            ? null
            : new SizeRange(sizes.Min(s => s.Width), sizes.Max(s => s.Width), sizes.Min(s => s.Height), sizes.Max(s => s.Height));
    }
}
