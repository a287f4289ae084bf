namespace Rca.Computing;

/// <summary>
/// Checks from time to time how many threads are worth using beside the machine's other programs. Threads that share an operator wait for
/// the last of them, so two threads on one free and one busy processor take twice as long as a single thread.
/// </summary>
/// <param name="most">Threads on an otherwise idle machine.</param>
/// <param name="time">The clock that says when to check again.</param>
/// <param name="read">Reads the load; null if the system does not tell; then the number never changes.</param>
internal sealed class SharedProcessors(int most, TimeProvider time, Func<ProcessorLoad?> read)
{
    /// <summary>The first check comes soon, so that the first steps are right; later ones are far enough apart to ignore short bursts.</summary>
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(0.25), Interval = TimeSpan.FromSeconds(2);

    private ProcessorLoad? _before = read();
    private long _looked = time.GetTimestamp();
    private TimeSpan _wait = Start;

    /// <summary>Threads on an otherwise idle machine.</summary>
    public int Most { get; } = most;

    /// <summary>Threads worth using, as of the last check.</summary>
    public int Threads { get; private set; } = most;

    /// <summary>Checks the load if it is time to.</summary>
    public void Look()
    {
        if (time.GetElapsedTime(_looked) < _wait) return;
        ProcessorLoad? now = read();
        if (now is { } load && _before is { } before && load.FreeSince(before) is { } free) Threads = Choose(Threads, Most, free);
        (_before, _looked, _wait) = (now, time.GetTimestamp(), Interval);
    }

    /// <summary>
    /// The number of threads for this many free processors. If half a processor is missing, a thread costs as much as it gains; to add a thread again,
    /// three quarters must be free, so that a load between the two does not change the number again and again.
    /// </summary>
    /// <param name="current">Threads so far.</param>
    /// <param name="most">Threads at most; at least 1.</param>
    /// <param name="free">Processors that others leave free.</param>
    internal static int Choose(int current, int most, double free) =>
        Math.Clamp(Math.Clamp(current, (int)Math.Floor(free + 0.25), (int)Math.Floor(free + 0.5)), 1, most);
}
