using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Work on a tensor's elements that waits until somebody wants its result or the next comes. A device is then long past them, and nobody has waited
/// for it.
/// </summary>
internal sealed class Deferred : IDisposable
{
    private Open? _open;

    /// <summary>Does what is still open, and asks for the elements of the next.</summary>
    /// <param name="values">Float32. What happens to it from here on does not count.</param>
    /// <param name="work">Takes the elements in row-major order.</param>
    /// <param name="owned">Tensors that the work needs. They go with it.</param>
    public void Begin(Tensor values, Action<float[]> work, params Tensor?[] owned)
    {
        Settle();
        _open = new Open(new Readback<float>(values), work, owned);
    }

    /// <summary>Does what is still open. On CUDA this waits for the elements.</summary>
    public void Settle()
    {
        using Open? open = _open;
        _open = null;
        open?.Work(open.Values.Take());
    }

    /// <summary>Forgets what is still open.</summary>
    public void Dispose()
    {
        _open?.Dispose();
        _open = null;
    }

    private sealed record Open(Readback<float> Values, Action<float[]> Work, Tensor?[] Owned) : IDisposable
    {
        public void Dispose()
        {
            Values.Dispose();
            foreach (Tensor? tensor in Owned) tensor?.Dispose();
        }
    }
}
