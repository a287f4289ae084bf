using Rca.Text;

namespace Rca.Data.Voc;

/// <summary>A picture on a list.</summary>
internal sealed record VocListEntry(int Line, string Name);

/// <summary>
/// A list of pictures of <c>ImageSets/Segmentation</c>: a name in each line, as PASCAL VOC has them, or paths like
/// <c>/JPEGImages/2007_000032.jpg /SegmentationClassAug/2007_000032.png</c>, as SBD's list is often passed on.
/// </summary>
internal sealed record VocList(string Name, bool Found, IReadOnlyList<VocListEntry> Entries)
{
    private const long MaxFileSize = 64 << 20;

    /// <summary>Reads the list; lines that cannot be understood and repeated names are left out, with a problem.</summary>
    public static VocList Read(DatasetFolder folder, string lists, string name, bool needed, ProblemList problems)
    {
        var file = $"{lists}/{name}.txt";
        if (name.AsSpan().ContainsAny('/', '\\'))
        {
            problems.Add("missing file", $"The list '{name}' is a path; expected the name of a list in {folder.At(lists)} without .txt, as in train_aug.", fatal: true);
            return new VocList(name, false, []);
        }
        var others = Others(folder, lists, []);
        var expected = "a list with the name of a picture in each line" + (others.Count > 0 ? $". Found: {string.Join(", ", others)}" : "");
        if (!folder.Has(file, needed ? expected : null))
            return new VocList(name, false, []);
        try
        {
            if (new FileInfo(folder.At(file)).Length is 0 or > MaxFileSize)
                throw new IOException($"it is empty or larger than {MaxFileSize >> 20} MiB");
            return new VocList(name, true, Distinct(file, File.ReadLines(folder.At(file)), problems));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add("unreadable list", $"{folder.At(file)} cannot be read ({failure.Message.TrimEnd('.')}). Expected the name of a picture in each line.", needed);
            return new VocList(name, false, []);
        }
    }

    /// <summary>The lists that are there, without extension, but for <paramref name="used"/>.</summary>
    public static IReadOnlyList<string> Others(DatasetFolder folder, string lists, IReadOnlyList<string> used) =>
    [
        .. from file in folder.List(lists).Files
           where file.Name.EndsWith(".txt", StringComparison.Ordinal) && !file.Name.Contains('/')
           let name = Path.GetFileNameWithoutExtension(file.Name)
           where !used.Contains(name)
           select name,
    ];

    private static List<VocListEntry> Distinct(string file, IEnumerable<string> lines, ProblemList problems)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        foreach (var (i, line) in lines.Index())
        {
            if (line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not [var first, ..])
                continue;
            var name = Path.GetFileNameWithoutExtension(first);
            if (name.Length == 0)
                problems.Add("line not understood", $"{file} line {i + 1}: '{first}' names no picture. The line is left out.");
            else if (!seen.TryAdd(name, i + 1))
                problems.Add("duplicate line", $"{file} line {i + 1}: {name} is already on line {seen[name]}. The second is left out.");
        }
        return [.. seen.OrderBy(pair => pair.Value).Select(pair => new VocListEntry(pair.Value, pair.Key))];
    }
}
