namespace Rca.Torch;

/// <summary>
/// While it is open, counts what the operators of this thread cost: what a network needs follows from its modules, not from a table.
/// </summary>
public sealed class OperationCounter : IDisposable
{
    [ThreadStatic] private static OperationCounter? _current;
    private readonly OperationCounter? _outer;
    private readonly HashSet<Tensor> _kept = [];

    /// <summary>Starts counting.</summary>
    public OperationCounter()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>Multiply-adds of convolutions and matrix products; everything else is small beside them.</summary>
    public long MultiplyAdds { get; private set; }

    /// <summary>
    /// Bytes of the activations that a backward pass needs: what convolutions, normalisations, products and poolings took, and what ReLU left.
    /// </summary>
    public long ActivationBytes { get; private set; }

    /// <summary>Stops counting.</summary>
    public void Dispose() => _current = _outer;

    /// <summary>Counts one call of an operator.</summary>
    internal static void Count(Operator op, ReadOnlySpan<Argument> arguments, Tensor? result) => _current?.Add(op, arguments, result);

    private void Add(Operator op, ReadOnlySpan<Argument> arguments, Tensor? result)
    {
        if (op == Operators.Conv2d || op == Kernels.Conv2d) MultiplyAdds += ((Tensor)arguments[1].Object!).Count * result!.Count / result.Size(1);
        else if (op == Operators.Matmul) MultiplyAdds += ((Tensor)arguments[0].Object!).Count * result!.Size(-1);
        else if (op != Operators.BatchNorm && op != Operators.MaxPool2d && op != Kernels.MaxPool2d && op != Operators.ReluInPlace) return;
        Keep((Tensor)arguments[0].Object!);
        if (op == Kernels.Conv2d && arguments[^1].Bits != 0) Keep(result!); // its ReLU
    }

    private void Keep(Tensor x)
    {
        if (_kept.Add(x)) ActivationBytes += x.Count * x.DType.SizeInBytes();
    }
}
