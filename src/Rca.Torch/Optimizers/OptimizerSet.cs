namespace Rca.Torch;

/// <summary>Optimisers that step together, each for weights of its own.</summary>
public sealed class OptimizerSet(params IReadOnlyList<Optimizer> parts) : IDisposable
{
    /// <summary>One step of all; <paramref name="rateFactor"/> is the schedule's, 0 to 1.</summary>
    public void Step(double rateFactor)
    {
        foreach (Optimizer part in parts) part.Step(rateFactor);
    }

    /// <summary>What must be saved to go on where a run stopped, with full names.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        parts.SelectMany(static (part, i) => part.State().Select(item => ($"{i}.{item.Name}", item.Value)));

    /// <summary>Copies saved state by name.</summary>
    /// <exception cref="StateMismatchException">A name is missing, or a shape differs.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> source)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            string prefix = $"{i}.";
            parts[i].LoadState(source.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(item => item.Key[prefix.Length..], static item => item.Value));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Optimizer part in parts) part.Dispose();
    }
}
