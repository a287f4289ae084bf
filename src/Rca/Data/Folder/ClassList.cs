using System.Text;
using Rca.Imaging.Masks;
using Rca.Text;

namespace Rca.Data.Folder;

/// <summary>The classes of a folder data set, and which class each written tag means.</summary>
internal sealed class ClassList
{
    public const string FileName = "classes.txt";

    private const long MaxFileSize = 16 << 20;

    /// <summary>What people and programs put between tags, and around lists of them.</summary>
    private static readonly char[] Separators = [' ', ',', '|', '/', '+', '&', '[', ']', '\'', '"'];

    /// <summary>What programs write for an empty cell, and a label that is no class.</summary>
    private static readonly string[] NoNames = ["nan", "none", "null", "n/a", "background"];

    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Rows, int Line)> _odd = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Rows, int Line)> _unknown = new(StringComparer.Ordinal);

    private ClassList(IReadOnlyList<string> names)
    {
        Names = names;
        for (var c = 0; c < names.Count; c++)
            _byKey[Key(names[c])] = c;
    }

    /// <summary>The names in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a file of class names that has no mistake.</summary>
    /// <exception cref="RcaException">It is missing, or has mistakes; the message lists them.</exception>
    public static IReadOnlyList<string> ReadStrictly(string path)
    {
        if (!File.Exists(path)) throw new RcaException($"{path} does not exist. Write one class name a line.");
        var problems = new ProblemList();
        IReadOnlyList<string> names = FromFile(path, problems).Names;
        var found = problems.ToList();
        return found.Count == 0 ? names : throw new RcaException($"{path} cannot be used as a list of classes:{string.Concat(found.Select(static problem => $"\n  {problem.Message}"))}");
    }

    /// <summary>Reads <c>classes.txt</c>: one class a line, blank lines skipped.</summary>
    public static ClassList FromFile(string path, ProblemList problems)
    {
        List<string> names = [];
        if (new FileInfo(path).Length is 0 or > MaxFileSize)
        {
            problems.Add("class name", $"{FileName} is empty or larger than {MaxFileSize >> 20} MiB; write one class a line or remove the file.", fatal: true);
            return Capped([], problems);
        }
        try
        {
            Dictionary<string, int> lines = new(StringComparer.Ordinal);
            var number = 0;
            foreach (var line in File.ReadLines(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true)))
            {
                number++;
                var name = Tidy(line);
                if (name.Length == 0)
                    continue;
                if (name.Contains(';'))
                    problems.Add("class name", $"{FileName} line {number}: '{name}' holds ';', which separates tags; write one class a line.", fatal: true);
                else if (!lines.TryAdd(Key(name), number))
                    problems.Add("class name", $"{FileName} line {number}: '{name}' is already on line {lines[Key(name)]}; the second is left out.");
                else
                    names.Add(name);
            }
            if (names.Count == 0)
                problems.Add("class name", $"{FileName} names no class; write one class a line or remove the file.", fatal: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            problems.Add("class name", $"{FileName} cannot be read as UTF-8 text ({failure.Message.TrimEnd('.')}).", fatal: true);
        }
        return Capped(names, problems);
    }

    /// <summary>The tags that occur, in ordinal order. Of spellings that differ in case or blanks alone, the most frequent gives the name.</summary>
    public static ClassList FromTags(IEnumerable<TagsRow> rows, ProblemList problems)
    {
        var names = from tag in rows.SelectMany(row => row.Tags)
                    group Tidy(tag) by Key(tag) into spellings
                    select spellings.CountBy(spelling => spelling, StringComparer.Ordinal)
                        .OrderByDescending(spelling => spelling.Value).ThenBy(spelling => spelling.Key, StringComparer.Ordinal)
                        .First().Key;
        return Capped([.. names.Order(StringComparer.Ordinal)], problems);
    }

    /// <summary>The classes of a row: ascending, each once; null if a tag has no class. Such tags and odd spellings are noted for <see cref="Report"/>.</summary>
    public IReadOnlyList<int>? Resolve(TagsRow row)
    {
        SortedSet<int> classes = [];
        var known = true;
        foreach (var tag in row.Tags)
        {
            if (!_byKey.TryGetValue(Key(tag), out var found))
            {
                Note(_unknown, Tidy(tag), row.Line);
                known = false;
            }
            else
            {
                classes.Add(found);
                if (tag.Trim(' ') != Names[found])
                    Note(_odd, tag, row.Line);
            }
        }
        return known ? [.. classes] : null;
    }

    /// <summary>Reports each unknown tag, each odd spelling and each class that looks like none once, however many rows have it.</summary>
    public void Report(ProblemList problems)
    {
        foreach (var (i, (tag, seen)) in _unknown.Index())
        {
            // The search looks at every class: not worth its time for what the list only counts.
            var hint = i < ProblemList.KeptPerKind ? NearestName.Hint(tag, Names) : "";
            problems.Add(
                "unknown tag",
                $"{TagsFile.Name} line {seen.Line}: tag '{tag}' is not in {FileName} ({Rows(seen.Rows)}).{hint} "
                + $"Nobody knows what these pictures show, so they are left out of training; correct the tag or add it to {FileName}.");
        }
        foreach (var name in Names)
        {
            string[] parts = name.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 1 && parts.All(part => _byKey.ContainsKey(Key(part))))
                problems.Add("class name", $"The class '{name}' is made of the names of others: {string.Join(", ", parts)}. If these are tags of one picture, separate them by ';'.");
            else if (NoNames.Contains(Key(name)))
                problems.Add("class name", $"A class is named '{name}'. If this stands for a picture without a tag, leave the tags empty; background has no tag.");
        }
        foreach (var (tag, seen) in _odd)
            problems.Add(
                "tag spelling",
                $"{TagsFile.Name} line {seen.Line}: tag '{tag}' is read as '{Names[_byKey[Key(tag)]]}' ({Rows(seen.Rows)}); they differ in case or blanks. Write tags in one way.");
    }

    private static ClassList Capped(IReadOnlyList<string> names, ProblemList problems)
    {
        if (names.Count < LabelMap.Ignore)
            return new ClassList(names);
        problems.Add("class name", $"{names.Count} classes; masks can hold {LabelMap.Ignore - 1}. Are sentences written in place of tags?", fatal: true);
        return new ClassList([]);
    }

    private static void Note(Dictionary<string, (int Rows, int Line)> seen, string tag, int line) =>
        seen[tag] = seen.TryGetValue(tag, out var known) ? (known.Rows + 1, known.Line) : (1, line);

    private static string Rows(int count) => count == 1 ? "1 row" : $"{count} rows";

    /// <summary>One space between words, and no control characters, which a terminal would execute.</summary>
    private static string Tidy(string tag) =>
        string.Join(' ', string.Concat(tag.Select(static c => char.IsControl(c) ? ' ' : c)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Key(string tag) => Tidy(tag).ToLowerInvariant();
}
