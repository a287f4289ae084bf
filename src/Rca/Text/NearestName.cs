namespace Rca.Text;

/// <summary>Finds the name that was probably meant.</summary>
public static class NearestName
{
    /// <summary>Longer names are cut for the comparison, which takes time with the square of the length.</summary>
    private const int Compared = 64;

    /// <summary>" Did you mean X?", or nothing where no name is within a third of the letters.</summary>
    public static string Hint(string found, IEnumerable<string> names) =>
        Find(found, names) is { } name ? $" Did you mean '{name}'?" : "";

    /// <summary>The name fewest edits away from <paramref name="found"/>, case aside; null if none is near.</summary>
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

    /// <summary>Letters to insert, delete, replace or swap with their neighbour: the optimal string alignment distance.</summary>
    private static int Edits(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }
                var replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
