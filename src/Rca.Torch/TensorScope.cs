namespace Rca.Torch;

/// <summary>
/// Disposes every tensor that its thread makes while it is the innermost open scope. One scope holds one training step, an inner one its
/// forward pass: without them each intermediate result lives until the garbage collector happens to run.
/// A scope belongs to its thread: it must not be held across an <c>await</c>.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] private static TensorScope? _current;
    private readonly TensorScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _closed;

    /// <summary>Opens a scope inside the current one.</summary>
    public TensorScope()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>
    /// Moves <paramref name="tensor"/> to the surrounding scope; without one, the caller disposes it. A tensor that is not this scope's,
    /// such as a weight, stays where it is.
    /// </summary>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this) Adopt(tensor, _outer);
        return tensor;
    }

    /// <summary>Disposes the tensors that still belong to this scope.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or another thread closes this one.</exception>
    public void Dispose()
    {
        if (_closed) return;
        if (_current != this) throw new InvalidOperationException("Scopes close on the thread that opened them, innermost first.");
        _closed = true;
        _current = _outer;
        foreach (Tensor tensor in _tensors)
            if (tensor.Scope == this) tensor.Dispose();
        _tensors.Clear();
    }

    /// <summary>Makes <paramref name="tensor"/> the current scope's.</summary>
    internal static void Adopt(Tensor tensor) => Adopt(tensor, _current);

    private static void Adopt(Tensor tensor, TensorScope? scope)
    {
        tensor.Scope = scope;
        scope?._tensors.Add(tensor);
    }
}
