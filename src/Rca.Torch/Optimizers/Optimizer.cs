namespace Rca.Torch;

/// <summary>Weights that share a learning rate and a decay.</summary>
/// <param name="Parameters">The weights, with the names that their optimiser state is saved under.</param>
/// <param name="LearningRate">Step size before the schedule's factor.</param>
/// <param name="WeightDecay">Pull towards zero.</param>
public sealed record ParameterGroup(IReadOnlyList<(string Name, Tensor Value)> Parameters, double LearningRate, double WeightDecay);

/// <summary>Changes weights by their gradients.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>Makes an optimiser for groups of weights.</summary>
    protected Optimizer(IReadOnlyList<ParameterGroup> groups) => Groups = groups;

    /// <summary>The groups.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>What must be saved to go on where a run stopped, with full names.</summary>
    public abstract IEnumerable<(string Name, Tensor Value)> State();

    /// <summary>One step; gradients are used up. <paramref name="rateFactor"/> is the schedule's, 0 to 1.</summary>
    public void Step(double rateFactor)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        for (int i = 0; i < Groups.Count; i++)
        {
            ParameterGroup group = Groups[i];
            var learning = new List<int>(group.Parameters.Count);
            var gradients = new List<Tensor>(group.Parameters.Count);
            for (int k = 0; k < group.Parameters.Count; k++)
            {
                // A weight that took no part in the loss has no gradient and is left alone.
                if (group.Parameters[k].Value.Grad is not { } gradient) continue;
                learning.Add(k);
                gradients.Add(gradient);
            }
            if (learning.Count > 0) Update(i, learning, [.. gradients], group.LearningRate * rateFactor);
            foreach (int k in learning) group.Parameters[k].Value.Grad = null;
        }
    }

    /// <summary>Copies saved state by name.</summary>
    /// <exception cref="StateMismatchException">A name is missing, or a shape differs; nothing was changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> source)
    {
        var own = State().ToList();
        foreach (var (name, value) in own)
        {
            if (!source.TryGetValue(name, out Tensor? saved)) throw new StateMismatchException($"The optimiser state lacks {name}.");
            if (!saved.Shape.AsSpan().SequenceEqual(value.Shape))
                throw new StateMismatchException($"The optimiser state holds {name} as {saved}, expected {value}.");
        }
        foreach (var (name, value) in own) value.Copy_(source[name]);
    }

    /// <summary>Disposes the state.</summary>
    public void Dispose()
    {
        foreach (var (_, value) in State()) value.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the weights of one group whose indices are given.</summary>
    protected abstract void Update(int group, IReadOnlyList<int> indices, Tensor[] gradients, double rate);

    /// <summary>One tensor of zeros for each weight, owned by the optimiser.</summary>
    protected static Tensor[][] ZerosLike(IReadOnlyList<ParameterGroup> groups) =>
        [.. groups.Select(static group => group.Parameters.Select(static p => ZerosLike(p.Value)).ToArray())];

    /// <summary>The entries of <paramref name="all"/> at <paramref name="indices"/>.</summary>
    protected static Tensor[] Pick(IReadOnlyList<int> indices, Tensor[] all) => [.. indices.Select(k => all[k])];

    /// <summary>The weights of a group at <paramref name="indices"/>.</summary>
    protected Tensor[] Weights(int group, IReadOnlyList<int> indices) => [.. indices.Select(k => Groups[group].Parameters[k].Value)];

    private static Tensor ZerosLike(Tensor value)
    {
        using var noGrad = new NoGrad();
        Tensor zeros = value.Clone().Escape();
        zeros.Fill_(0);
        return zeros;
    }
}
