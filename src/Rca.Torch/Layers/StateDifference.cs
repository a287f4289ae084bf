using System.Text;

namespace Rca.Torch;

/// <summary>Differences between a module's weights and a file's that may be passed over.</summary>
[Flags]
public enum StateGaps
{
    /// <summary>All names must be in both.</summary>
    None = 0,

    /// <summary>The module may have weights that the file lacks; they keep their values.</summary>
    Missing = 1,

    /// <summary>The file may have weights that the module lacks; they are not used.</summary>
    Unexpected = 2,
}

/// <summary>One name that is not the same in a module and in a file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Expected">The module's shape; null where the module has no such name.</param>
/// <param name="Found">The file's shape; null where the file has no such name.</param>
/// <param name="Nearest">The name on the other side that was probably meant; null where none is near.</param>
public sealed record StateDifference(string Name, IReadOnlyList<long>? Expected, IReadOnlyList<long>? Found, string? Nearest)
{
    /// <summary>Names compared with one another at most: the comparison takes time with the product of both numbers.</summary>
    private const int Compared = 400;

    private const int Shown = 40, ShownLength = 120;

    /// <summary>What has to be passed over for this difference not to matter; null where shapes differ.</summary>
    internal StateGaps? Gap => (Expected, Found) switch
    {
        (not null, null) => StateGaps.Missing,
        (null, not null) => StateGaps.Unexpected,
        _ => null,
    };

    /// <summary>All differences: missing names and other shapes in the module's order, then unexpected names in the alphabet's.</summary>
    internal static List<StateDifference> Between(IReadOnlyList<(string Name, Tensor Value)> own, IReadOnlyDictionary<string, Tensor> source)
    {
        var expected = own.ToDictionary(static item => item.Name, static item => item.Value.Shape);
        (string Name, long[] Shape)[] missing = [.. own.Where(item => !source.ContainsKey(item.Name)).Select(static item => (item.Name, item.Value.Shape))];
        (string Name, long[] Shape)[] unexpected =
            [.. source.Where(item => !expected.ContainsKey(item.Key)).OrderBy(static item => item.Key, StringComparer.Ordinal).Select(static item => (item.Key, item.Value.Shape))];
        var result = new List<StateDifference>();
        foreach (var (name, value) in own)
        {
            if (!source.TryGetValue(name, out Tensor? found)) result.Add(new(name, value.Shape, null, result.Count < Compared ? NearestTo(name, value.Shape, unexpected) : null));
            else if (!found.Shape.AsSpan().SequenceEqual(value.Shape)) result.Add(new(name, value.Shape, found.Shape, null));
        }
        for (int i = 0; i < unexpected.Length; i++)
            result.Add(new(unexpected[i].Name, null, unexpected[i].Shape, i < Compared ? NearestTo(unexpected[i].Name, unexpected[i].Shape, missing) : null));
        return result;
    }

    /// <summary>A table of the differences, with the nearest name for each.</summary>
    internal static string Table(IReadOnlyList<StateDifference> differences)
    {
        string[][] rows = [.. differences.Take(Shown).Select(static d => d.Row())];
        var table = new StringBuilder();
        foreach (string[] row in rows)
        {
            var line = new StringBuilder();
            for (int i = 0; i < row.Length; i++) line.Append("  ").Append(row[i].PadRight(rows.Max(other => other[i].Length)));
            table.Append('\n').Append(line.ToString().TrimEnd());
        }
        if (differences.Count > Shown) table.Append($"\n  … and {differences.Count - Shown} more");
        return table.ToString();
    }

    private string[] Row()
    {
        string near = Nearest is null ? "" : $"nearest: {PickleValues.Shortened(Nearest, ShownLength)}";
        return Gap switch
        {
            StateGaps.Missing => ["missing", PickleValues.Shortened(Name, ShownLength), Shape(Expected!), near],
            StateGaps.Unexpected => ["unexpected", PickleValues.Shortened(Name, ShownLength), Shape(Found!), near],
            _ => ["shape", PickleValues.Shortened(Name, ShownLength), $"{Shape(Found!)}, expected {Shape(Expected!)}", ""],
        };
    }

    private static string Shape(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>The name fewest edits away among those of the same shape, or else among all; null where more than half of the letters differ.</summary>
    private static string? NearestTo(string name, long[] shape, (string Name, long[] Shape)[] candidates)
    {
        var near = candidates.Take(Compared).Where(candidate => Math.Max(candidate.Name.Length, name.Length) <= ShownLength)
            .Select(candidate => (candidate.Name, Same: candidate.Shape.AsSpan().SequenceEqual(shape), Edits: Edits(name, candidate.Name)))
            .Where(candidate => candidate.Edits <= Math.Max(name.Length, candidate.Name.Length) / 2);
        return near.OrderBy(static candidate => !candidate.Same).ThenBy(static candidate => candidate.Edits).Select(static candidate => candidate.Name).FirstOrDefault();
    }

    /// <summary>Letters to insert, delete or replace (Levenshtein's distance).</summary>
    private static int Edits(string a, string b)
    {
        int[] above = [.. Enumerable.Range(0, b.Length + 1)], row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                row[j] = Math.Min(above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), Math.Min(above[j], row[j - 1]) + 1);
            (above, row) = (row, above);
        }
        return above[b.Length];
    }
}
