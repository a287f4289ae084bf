using Rca.Text;

namespace Rca.Files;

/// <summary>A file found below a folder.</summary>
/// <param name="Name">Path below the folder, with forward slashes.</param>
/// <param name="Path">Where the file is.</param>
/// <param name="Length">Its size in bytes; 0 also for pipes and devices.</param>
internal sealed record FoundFile(string Name, string Path, long Length);

/// <summary>What lies below a folder, and what was not followed or not readable.</summary>
internal sealed record FolderListing(IReadOnlyList<FoundFile> Files, IReadOnlyList<DatasetProblem> Problems);

/// <summary>Lists folders from outside: never leaves them, never loops.</summary>
internal static class SafeFolder
{
    /// <summary>As many links as Linux follows in one path.</summary>
    private const int MaxLinks = 40;

    /// <summary>
    /// All files at any depth in ordinal order of their names. Hidden entries are skipped. A link to a file counts if the file lies below
    /// <paramref name="folder"/>; every other link is reported and not followed.
    /// </summary>
    public static FolderListing List(string folder)
    {
        var root = RealPath(folder);
        var start = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        List<FoundFile> files = [];
        List<DatasetProblem> problems = [];
        Stack<string> pending = new([start]);
        while (pending.TryPop(out var current))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos())
                {
                    if (entry.Name.StartsWith('.'))
                        continue;
                    if (IsLink(entry) && !(entry is FileInfo && LeadsBelow(root, entry.FullName)))
                        problems.Add(new DatasetProblem(
                            "link not followed",
                            $"{entry.FullName} is a link to {entry.LinkTarget}; links to folders and links out of the folder are not followed. "
                            + "Put the files themselves here (cp -rl makes a copy that takes no space)."));
                    else if (entry is FileInfo file)
                        files.Add(new FoundFile(file.FullName[(start.Length + 1)..], file.FullName, LengthOf(file)));
                    else
                        pending.Push(entry.FullName);
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                problems.Add(new DatasetProblem(
                    "unreadable folder", $"{current}: cannot be listed ({failure.Message.TrimEnd('.')}). Check that the folder exists and that you may read it."));
            }
        }
        files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new FolderListing(files, problems);
    }

    /// <summary>Whether <paramref name="path"/>, all links resolved, exists below the folder with the resolved path <paramref name="root"/>.</summary>
    public static bool LeadsBelow(string root, string path)
    {
        try
        {
            var real = RealPath(path);
            return Path.Exists(real) && real.StartsWith(root.TrimEnd('/') + '/', StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The absolute path with every link in it resolved, also those in the middle.</summary>
    /// <exception cref="IOException">The links form a loop.</exception>
    public static string RealPath(string path)
    {
        Stack<string> pending = new(Path.GetFullPath(path).Split('/').Reverse());
        var real = "/";
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part is "" or ".")
                continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > MaxLinks)
                throw new IOException($"{path}: more than {MaxLinks} links on the way.");
            if (target.StartsWith('/'))
                real = "/";
            foreach (var step in target.Split('/').Reverse())
                pending.Push(step);
        }
        return real;
    }

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    private static long LengthOf(FileInfo file) => IsLink(file) ? new FileInfo(RealPath(file.FullName)).Length : file.Length;
}
