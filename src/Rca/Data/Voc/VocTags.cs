using System.Collections.Concurrent;
using System.Xml;
using Rca.Computing;
using Rca.Files;
using Rca.Text;

namespace Rca.Data.Voc;

/// <summary>The tags of a VOC tree: those of a tags file where it names the picture, else those of the picture's XML annotation.</summary>
internal sealed class VocTags
{
    private readonly IReadOnlyDictionary<string, IReadOnlyList<int>> _file;
    private readonly Dictionary<string, string> _annotations;

    /// <param name="tagsFile">The tags file, or null.</param>
    /// <param name="annotations">The listing of <c>Annotations/</c>.</param>
    /// <param name="problems">Receives the problems of the tags file.</param>
    public VocTags(string? tagsFile, FolderListing annotations, ProblemList problems)
    {
        _file = tagsFile is null ? new Dictionary<string, IReadOnlyList<int>>() : ReadFile(tagsFile, problems);
        _annotations = annotations.Files.ToDictionary(file => file.Name, file => file.Path, StringComparer.Ordinal);
    }

    /// <summary>Pictures that the tags file names.</summary>
    public int InFile => _file.Count;

    /// <summary>The tags of each picture, ascending, each once; null if there are none; then a problem is added.</summary>
    public IReadOnlyList<int>?[] Find(IReadOnlyList<string> names, ProblemList problems)
    {
        var tags = new IReadOnlyList<int>?[names.Count];
        var found = new ConcurrentDictionary<int, DatasetProblem>();
        Workers.For(names.Count, Workers.AllProcessors, CancellationToken.None, i =>
        {
            var problem = _file.TryGetValue(names[i], out tags[i]) ? null : FromAnnotation(names[i], out tags[i]);
            if (problem is not null)
                found[i] = problem;
        });
        problems.AddRange(found.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        return tags;
    }

    /// <summary>Every kind of tags file becomes classes by name.</summary>
    private static IReadOnlyDictionary<string, IReadOnlyList<int>> ReadFile(string path, ProblemList problems) =>
        Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase) ? ReadLabels(path, problems) : VocTagsText.Read(path, problems);

    private static Dictionary<string, IReadOnlyList<int>> ReadLabels(string path, ProblemList problems)
    {
        try
        {
            var labels = ClassLabelFile.Read(path);
            int largest = labels.Values.SelectMany(static classes => classes).DefaultIfEmpty().Max();
            if (largest < VocClasses.Names.Count)
                return labels.ToDictionary(static item => item.Key, static item => (IReadOnlyList<int>)[.. item.Value]);
            problems.Add("unreadable tags", $"{path} tags class {largest}; expected 0 to {VocClasses.Names.Count - 1}, the classes of PASCAL VOC.", fatal: true);
        }
        catch (RcaException e)
        {
            problems.Add("unreadable tags", e.Message, fatal: true);
        }
        return [];
    }

    private DatasetProblem? FromAnnotation(string name, out IReadOnlyList<int>? tags)
    {
        tags = null;
        if (!_annotations.TryGetValue($"{name}.xml", out var path))
            return new DatasetProblem("missing tags", $"Annotations/{name}.xml is missing{(InFile > 0 ? " and the tags file does not name the picture" : "")}, so {name} has no tags.");
        try
        {
            var names = VocAnnotation.Read(path);
            var classes = names.Select(VocClasses.IndexOf).ToList();
            if (classes.IndexOf(-1) is >= 0 and var unknown)
                return new DatasetProblem(
                    "unknown class", $"Annotations/{name}.xml: '{names[unknown]}' is no class of PASCAL VOC, so the tags of {name} are not known.{NearestName.Hint(names[unknown], VocClasses.Names)}");
            tags = [.. classes.Distinct().Order()];
            return null;
        }
        catch (Exception failure) when (failure is XmlException or IOException or UnauthorizedAccessException)
        {
            return new DatasetProblem("unreadable tags", $"Annotations/{name}.xml cannot be used ({failure.Message.TrimEnd('.')}), so {name} has no tags. Copy the file again.");
        }
    }
}
