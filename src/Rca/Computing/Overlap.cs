using Rca.Torch;

namespace Rca.Computing;

/// <summary>
/// Lets the processors finish one batch of work while a network on a GPU computes the next, one piece of work at a time. If the network itself runs on the
/// processors, both would compete for the same cores, so there each piece of work is done at once.
/// </summary>
/// <param name="device">Where the network runs.</param>
internal sealed class Overlap(Device device) : IDisposable
{
    private Task _running = Task.CompletedTask;

    /// <summary>Does a piece of work, or starts it as soon as the previous one is finished. Throws if the previous one failed.</summary>
    public void Run(Action work)
    {
        Finish();
        if (device.IsCuda) _running = Task.Run(work);
        else work();
    }

    /// <summary>Waits for the last piece of work. Throws if it failed.</summary>
    public void Finish() => _running.GetAwaiter().GetResult();

    /// <summary>Waits for the last piece of work without throwing, so that none is left running after a failure elsewhere.</summary>
    public void Dispose() => _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
}
