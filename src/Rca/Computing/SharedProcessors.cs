namespace Rca.Computing;

/// <summary>
/// Finds out now and then how many threads are worth having beside the other programs of the machine. Threads that share an operator wait for
/// the last of them, so that two on one free processor and a busy one take twice as long as one alone.
/// </summary>
/// <param name="most">Threads on a machine that nobody else uses.</param>
/// <param name="time">Says when it is time to look again.</param>
/// <param name="read">Reads the load; null where the system does not tell, and then there are always as many as that.</param>
internal sealed class SharedProcessors(int most, TimeProvider time, Func<ProcessorLoad?> read)
{
    /// <summary>The first look is soon, so that the first steps are right; the others are far enough apart for short bursts not to count.</summary>
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(0.25), Interval = TimeSpan.FromSeconds(2);

    private ProcessorLoad? _before = read();
    private long _looked = time.GetTimestamp();
    private TimeSpan _wait = Start;

    /// <summary>Threads on a machine that nobody else uses.</summary>
    public int Most { get; } = most;

    /// <summary>Threads worth having, as of the last look.</summary>
    public int Threads { get; private set; } = most;

    /// <summary>Looks at the load, where it is time to.</summary>
    public void Look()
    {
        if (time.GetElapsedTime(_looked) < _wait) return;
        ProcessorLoad? now = read();
        if (now is { } load && _before is { } before && load.FreeSince(before) is { } free) Threads = Choose(Threads, Most, free);
        (_before, _looked, _wait) = (now, time.GetTimestamp(), Interval);
    }

    /// <summary>
    /// The number of threads for so many free processors. Half a processor that is missing costs as much as a thread brings; to take a thread back,
    /// three quarters must be free, so that a load between the two does not change the number again and again.
    /// </summary>
    /// <param name="current">Threads so far.</param>
    /// <param name="most">Threads at most; at least 1.</param>
    /// <param name="free">Processors that others leave free.</param>
    internal static int Choose(int current, int most, double free) =>
        Math.Clamp(Math.Clamp(current, (int)Math.Floor(free + 0.25), (int)Math.Floor(free + 0.5)), 1, most);
}
