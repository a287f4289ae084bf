using System.Runtime.ExceptionServices;

namespace Rca.Computing;

/// <summary>Work on several items at a time.</summary>
internal static class Workers
{
    /// <summary>No limit on the number of threads.</summary>
    public const int AllProcessors = -1;

    /// <summary><see cref="Parallel.For(int, int, Action{int})"/>, but a failure is thrown as it is, not inside an AggregateException.</summary>
    public static void For(int count, int threads, CancellationToken cancellation, Action<int> work)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, work);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }

    /// <summary>Work that can use several threads itself, on all processors: items side by side with one thread each, a single one with all.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="cancellation">Stops between items.</param>
    /// <param name="work">Gets the item and its number of threads; 0 means one for each processor.</param>
    public static void SideBySide(int count, CancellationToken cancellation, Action<int, int> work) =>
        For(count, AllProcessors, cancellation, i => work(i, count > 1 ? 1 : 0));
}
