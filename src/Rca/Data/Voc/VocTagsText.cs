using System.Globalization;
using Rca.Text;

namespace Rca.Data.Voc;

/// <summary>Reads lines <c>name class class ...</c> with classes counted from 0, as public code ships the tags of VOC.</summary>
internal static class VocTagsText
{
    private const long MaxFileSize = 64 << 20;
    private const string Expected = "expected lines like '2007_000032 0 14', classes counted from 0";

    /// <summary>The classes by picture name, without folder and extension. What cannot be understood is left out, with a problem.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<int>> Read(string path, ProblemList problems)
    {
        Dictionary<string, IReadOnlyList<int>> tags = new(StringComparer.Ordinal);
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length is 0 or > MaxFileSize)
                throw new IOException(File.Exists(path) ? $"it is empty or larger than {MaxFileSize >> 20} MiB" : "there is no such file");
            foreach (var (i, line) in File.ReadLines(path).Index())
                ReadLine(line, $"{path} line {i + 1}", tags, problems);
            if (tags.Count == 0)
                problems.Add("unreadable tags", $"{path} names no picture; {Expected}.", fatal: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add("unreadable tags", $"{path} cannot be read ({failure.Message.TrimEnd('.')}); {Expected}.", fatal: true);
        }
        return tags;
    }

    private static void ReadLine(string line, string where, Dictionary<string, IReadOnlyList<int>> tags, ProblemList problems)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
            return;
        SortedSet<int> classes = [];
        foreach (var word in words.AsSpan(1))
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var c) && c < VocClasses.Names.Count)
                classes.Add(c);
            else
            {
                problems.Add("tags not understood", $"{where}: '{word}' is no class number; expected 0 to {VocClasses.Names.Count - 1}. The line is left out.");
                return;
            }
        }
        if (!tags.TryAdd(Path.GetFileNameWithoutExtension(words[0]), [.. classes]))
            problems.Add("tags not understood", $"{where}: {words[0]} is named before. The first line counts.");
    }
}
