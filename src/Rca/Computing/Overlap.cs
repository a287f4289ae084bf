using Rca.Torch;

namespace Rca.Computing;

/// <summary>
/// Lets the processors finish what a network has looked at while it looks at what comes next, one such work at a time. A network on the
/// processors wants the same cores: there each work is done at once.
/// </summary>
/// <param name="device">Where the network runs.</param>
internal sealed class Overlap(Device device) : IDisposable
{
    private Task _running = Task.CompletedTask;

    /// <summary>Does a work, or starts it as soon as the last one is done. A failure of the last one comes out here.</summary>
    public void Run(Action work)
    {
        Finish();
        if (device.IsCuda) _running = Task.Run(work);
        else work();
    }

    /// <summary>Waits for the last work. Its failure comes out here.</summary>
    public void Finish() => _running.GetAwaiter().GetResult();

    /// <summary>Waits for the last work, whatever becomes of it: it does not outlive a failure elsewhere.</summary>
    public void Dispose() => _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
}
