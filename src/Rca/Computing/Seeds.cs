namespace Rca.Computing;

/// <summary>
/// Derives independent seeds from a run's seed. Every random choice is made from the run's seed and what the choice is for (epoch, image,
/// step), never from what was drawn before: so a run that was stopped and went on gives the same result as one that was not, with any number of loader threads.
/// </summary>
public static class Seeds
{
    /// <summary>A seed that depends on every part and on their order.</summary>
    public static int Derive(int seed, params ReadOnlySpan<int> parts)
    {
        ulong state = Mix((uint)seed);
        foreach (int part in parts) state = Mix(state ^ (uint)part);
        return (int)(state >> 33);
    }

    /// <summary>A generator seeded by <see cref="Derive"/>.</summary>
    public static Random Generator(int seed, params ReadOnlySpan<int> parts) => new(Derive(seed, parts));

    /// <summary>The splitmix64 step.</summary>
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
