namespace Rca.Torch.Tests;

/// <summary>
/// Base of tests that compute on one thread: another number sums in another order, and tiny operators only wait for a second one.
/// </summary>
public abstract class SingleThread : IDisposable
{
    private readonly int threads = TorchRuntime.Threads;

    protected SingleThread() => TorchRuntime.Initialize(threads: 1);

    public void Dispose()
    {
        TorchRuntime.Initialize(threads);
        GC.SuppressFinalize(this);
    }
}
