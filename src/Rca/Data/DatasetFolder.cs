using Rca.Files;
using Rca.Text;

namespace Rca.Data;

/// <summary>The parts of a data set's folder. A part that is a link out of the folder is refused, and fatal only where it is needed.</summary>
internal sealed class DatasetFolder(string directory, ProblemList problems)
{
    private readonly string _root = SafeFolder.RealPath(directory);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>Where a part is.</summary>
    public string At(string name) => Path.Combine(directory, name);

    /// <summary>Whether the file is there; where it is missing and needed, a fatal problem says what was expected.</summary>
    public bool Has(string name, string? expected = null)
    {
        if (File.Exists(At(name)))
            return StaysInside(name, expected is not null);
        if (expected is not null)
            problems.Add("missing file", $"{At(name)} is missing. Expected {expected}.", fatal: true);
        return false;
    }

    /// <summary>What is below a part; where it is missing and needed, a fatal problem says what was expected.</summary>
    public FolderListing List(string name, string? expected = null)
    {
        if (Directory.Exists(At(name)))
            return StaysInside(name, expected is not null) ? SafeFolder.List(At(name)) : new FolderListing([], []);
        if (expected is not null)
            problems.Add("missing folder", $"{At(name)} is missing. Expected {expected}.", fatal: true);
        return new FolderListing([], []);
    }

    /// <summary>The text of the report about a listed folder.</summary>
    public DatasetPart Part(string name, FolderListing listing, string use) =>
        !Directory.Exists(At(name)) ? new(name, false, "missing", use)
        : _refused.Contains(name) ? new(name, false, "a link, refused", use)
        : new(name, true, $"{listing.Files.Count} files", use);

    private bool StaysInside(string name, bool needed)
    {
        if (SafeFolder.LeadsBelow(_root, At(name)))
            return true;
        if (!_refused.Add(name))
            return false;
        problems.Add(
            "link not followed",
            $"{At(name)} is a link out of the data set's folder and is not followed. Put the files themselves here (cp -rl makes a copy that takes no space).",
            needed);
        return false;
    }
}
