namespace Rca.Computing;

/// <summary>The native libraries that this process has loaded.</summary>
public static class LoadedLibraries
{
    /// <summary>Their paths, each once.</summary>
    public static IReadOnlyList<string> Paths() =>
        [.. File.ReadLines("/proc/self/maps").Select(PathOf).OfType<string>().Where(path => path.Contains(".so", StringComparison.Ordinal)).Distinct()];

    private static string? PathOf(string line)
    {
        var slash = line.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : line[slash..];
    }
}
