using Rca.Files;
using Rca.Text;

namespace Rca.Data.Folder;

/// <summary>The pictures below <c>images/</c>, found by name with or without extension.</summary>
internal sealed class PictureIndex
{
    private readonly Dictionary<string, FoundFile> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<FoundFile>> _byStem = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _byFoldedName = new(StringComparer.OrdinalIgnoreCase);

    public PictureIndex(FolderListing listing, ProblemList problems)
    {
        problems.AddRange(listing.Problems);
        foreach (var file in listing.Files)
        {
            if (PictureFormats.IsRead(file.Name) && file.Length == 0)
                problems.Add("unreadable picture", $"images/{file.Name} is empty (0 bytes); copy it again or remove it and its row.");
            if (PictureFormats.IsRead(file.Name))
                Add(file);
            else if (PictureFormats.IsOther(file.Name))
                problems.Add("picture format", $"images/{PictureFormats.Advice(file.Name)}");
        }
        foreach (var same in _byStem.Values.Where(files => files.Count > 1))
            problems.Add(
                "two pictures of one name",
                $"images/{same[0].Name} and images/{same[1].Name} differ in their extension alone, so their masks would have one name; rename one of them.");
    }

    /// <summary>All pictures in ordinal order.</summary>
    public IEnumerable<FoundFile> Files => _byName.Values;

    /// <summary>The picture that a row names, or null after saying what is wrong with the name.</summary>
    public FoundFile? Find(TagsRow row, ProblemList problems)
    {
        var where = $"{TagsFile.Name} line {row.Line}";
        if (LeavesFolder(row.Image))
            problems.Add("path outside images", $"{where}: '{row.Image}' leads out of images/. The row is left out; expected a path below images/, as in 'street/1.jpg'.");
        else if (_byName.TryGetValue(row.Image, out var file))
            return Usable(file);
        else if (!_byStem.TryGetValue(row.Image, out var candidates))
            problems.Add("row without picture", $"{where}: there is no picture images/{row.Image} (.jpg, .jpeg or .png).{Hint(row.Image)} The row is left out.");
        else if (candidates.Count > 1)
            problems.Add("row without picture", $"{where}: '{row.Image}' may be {candidates[0].Name} or {candidates[1].Name}. The row is left out; write the extension.");
        else
            return Usable(candidates[0]);
        return null;
    }

    /// <summary>The name without its extension, which the masks of the picture share.</summary>
    public static string Stem(string name) => name[..^Path.GetExtension(name).Length];

    /// <summary>Empty files are already reported.</summary>
    private static FoundFile? Usable(FoundFile file) => file.Length > 0 ? file : null;

    private static bool LeavesFolder(string image) =>
        image.StartsWith('/') || image.StartsWith('\\') || (image.Length > 1 && image[1] == ':') || image.Split('/', '\\').Contains("..");

    private void Add(FoundFile file)
    {
        _byName[file.Name] = file;
        var stem = Stem(file.Name);
        if (!_byStem.TryGetValue(stem, out var same))
            _byStem[stem] = same = [];
        same.Add(file);
        _byFoldedName[file.Name] = _byFoldedName[stem] = file.Name;
    }

    private string Hint(string image)
    {
        var tidy = image.Replace('\\', '/');
        foreach (var prefix in (string[])["./", "images/"])
            tidy = tidy.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? tidy[prefix.Length..] : tidy;
        return _byFoldedName.TryGetValue(tidy, out var name) || _byFoldedName.TryGetValue(Stem(tidy), out name) ? $" Did you mean '{name}'?" : "";
    }
}
