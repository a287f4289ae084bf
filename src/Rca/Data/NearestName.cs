namespace Rca.Data;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>Longer names are cut for the comparison, which takes time with the square of the length.</summary>
    private const int Compared = 64;

    /// <summary>" Did you mean X?", or nothing where no name is within a third of the letters.</summary>
    public static string Hint(string found, IEnumerable<string> names) =>
        Find(found, names) is { } name ? $" Did you mean '{name}'?" : "";

    /// <summary>The name fewest edits away from <paramref name="found"/>, case aside; null where all are far.</summary>
    public static string? Find(string found, IEnumerable<string> names)
    {
        var (best, least) = ((string?)null, Math.Max(1, Math.Min(found.Length, Compared) / 3) + 1);
        foreach (var name in names)
        {
            var edits = Edits(Prepare(found), Prepare(name));
            if (edits < least)
                (best, least) = (name, edits);
        }
        return best;
    }

    private static string Prepare(string name) => (name.Length > Compared ? name[..Compared] : name).ToLowerInvariant();

    /// <summary>Levenshtein distance, one row of the table at a time.</summary>
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
