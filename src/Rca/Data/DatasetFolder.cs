namespace Rca.Data;

/// <summary>The parts of a data set's folder. A part that is a link out of the folder counts as missing.</summary>
internal sealed class DatasetFolder(string directory, ProblemList problems)
{
    private readonly string _root = SafeFolder.RealPath(directory);

    /// <summary>Where a part is.</summary>
    public string At(string name) => Path.Combine(directory, name);

    /// <summary>Whether the file is there; where it is missing and needed, a fatal problem says what was expected.</summary>
    public bool Has(string name, string? expected = null)
    {
        if (File.Exists(At(name)))
            return StaysInside(name);
        if (expected is not null)
            problems.Add("missing file", $"{At(name)} is missing. Expected {expected}.", fatal: true);
        return false;
    }

    /// <summary>What is below a part; where it is missing and needed, a fatal problem says what was expected.</summary>
    public FolderListing List(string name, string? expected = null)
    {
        if (Directory.Exists(At(name)))
            return StaysInside(name) ? SafeFolder.List(At(name)) : new FolderListing([], []);
        if (expected is not null)
            problems.Add("missing folder", $"{At(name)} is missing. Expected {expected}.", fatal: true);
        return new FolderListing([], []);
    }

    private bool StaysInside(string name)
    {
        if (SafeFolder.LeadsBelow(_root, At(name)))
            return true;
        problems.Add(
            "link not followed",
            $"{At(name)} is a link out of the data set's folder and is not followed. Put the files themselves here (cp -rl makes a copy that takes no space).",
            fatal: true);
        return false;
    }
}
