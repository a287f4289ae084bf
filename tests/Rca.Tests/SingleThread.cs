using Rca.Computing;
using Rca.Torch;

namespace Rca.Tests;

/// <summary>
/// Base of tests that compute in float32 on one thread: another number sums in another order, and tiny operators only wait for a second one.
/// Every test runs in a scope of its own, so that its tensors go with it.
/// </summary>
public abstract class SingleThread : IDisposable
{
    private readonly int _threads = TorchRuntime.Threads;
    private readonly TensorScope _scope;

    protected SingleThread()
    {
        TorchRuntime.Initialize(threads: 1);
        Fp32 = new Compute("cpu", Precision.Fp32);
        _scope = new TensorScope();
    }

    protected Compute Fp32 { get; }

    /// <summary>Tensors alive, without those that an earlier test left to the collector.</summary>
    protected static long LiveHandles() => Rca.Torch.Tests.Handles.Live();

    public void Dispose()
    {
        _scope.Dispose();
        TorchRuntime.Initialize(_threads);
        TorchRuntime.Deterministic = false;
        GC.SuppressFinalize(this);
    }
}
