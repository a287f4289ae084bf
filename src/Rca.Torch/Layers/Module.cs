namespace Rca.Torch;

/// <summary>
/// A part of a network that owns weights. Names of weights and buffers are those of PyTorch's modules, so that its files fit.
/// </summary>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Value)> _parameters = [];
    private readonly List<(string Name, Tensor Value)> _buffers = [];
    private readonly List<Tensor> _constants = [];
    private readonly List<(string Name, Module Value)> _children = [];

    /// <summary>True while training: batch normalisation then uses and updates batch statistics.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>Weights that learn, with their full names.</summary>
    public IEnumerable<(string Name, Tensor Value)> Parameters() => Walk(static module => module._parameters, "");

    /// <summary>Weights and buffers (running statistics), with their full names.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => Walk(static module => module._parameters.Concat(module._buffers), "");

    /// <summary>Switches between training and evaluation.</summary>
    public void Train(bool on)
    {
        Training = on;
        foreach (var (_, child) in _children) child.Train(on);
    }

    /// <summary>
    /// Keeps the batch normalisation of this part as it is, in training too: it uses its running statistics, and nothing of it learns.
    /// </summary>
    public virtual void FreezeNormalization()
    {
        foreach (var (_, child) in _children) child.FreezeNormalization();
    }

    /// <summary>Moves all weights to a device, with convolution weights laid out as the pictures will be. To be done before an optimiser is made.</summary>
    public void To(Device device, bool channelsLast)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        foreach (Tensor value in State().Select(static item => item.Value).Concat(Constants()))
        {
            bool learns = value.RequiresGrad;
            Tensor moved = value.Detach().To(device);
            if (moved.Dimensions == 4) moved = channelsLast ? moved.ChannelsLast() : moved.Contiguous();
            value.Become(moved.Clone());
            if (learns) value.WithGrad();
        }
    }

    /// <summary>
    /// Copies weights by name. All names and shapes must fit, except for what <paramref name="allow"/> names. Counters that PyTorch's batch
    /// normalisation keeps and never uses (<c>num_batches_tracked</c>) are passed over.
    /// </summary>
    /// <param name="source">Weights by name.</param>
    /// <param name="allow">Differences to pass over.</param>
    /// <returns>The differences that were passed over.</returns>
    /// <exception cref="StateMismatchException">Weights are missing, unexpected or of another shape; nothing was changed.</exception>
    public IReadOnlyList<StateDifference> LoadState(IReadOnlyDictionary<string, Tensor> source, StateGaps allow = StateGaps.None)
    {
        var own = State().ToList();
        var used = source.Where(static item => !item.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToDictionary();
        List<StateDifference> differences = StateDifference.Between(own, used);
        if (differences.Exists(difference => difference.Gap is not { } gap || !allow.HasFlag(gap))) throw new StateMismatchException(GetType().Name, differences);
        using var noGrad = new NoGrad();
        foreach (var (name, value) in own)
            if (used.TryGetValue(name, out Tensor? found)) value.Copy_(found);
        return differences;
    }

    /// <summary>Disposes all weights.</summary>
    public void Dispose()
    {
        foreach (Tensor value in _parameters.Concat(_buffers).Select(static item => item.Value).Concat(_constants)) value.Dispose();
        foreach (var (_, child) in _children) child.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Registers a weight that learns.</summary>
    protected Tensor Parameter(string name, Tensor value)
    {
        _parameters.Add((name, value.Escape().WithGrad()));
        return value;
    }

    /// <summary>Registers a tensor that is saved with the weights but does not learn.</summary>
    protected Tensor Buffer(string name, Tensor value)
    {
        _buffers.Add((name, value.Escape()));
        return value;
    }

    /// <summary>Registers a tensor that the part is made with: it moves with the weights, and is neither saved nor loaded.</summary>
    protected Tensor Constant(Tensor value)
    {
        _constants.Add(value.Escape());
        return value;
    }

    /// <summary>Registers a part; a number as its name makes it an element of a list, as in PyTorch.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        _children.Add((name, module));
        return module;
    }

    private IEnumerable<Tensor> Constants() => _constants.Concat(_children.SelectMany(static child => child.Value.Constants()));

    private IEnumerable<(string Name, Tensor Value)> Walk(Func<Module, IEnumerable<(string Name, Tensor Value)>> select, string prefix)
    {
        foreach (var (name, value) in select(this)) yield return (prefix + name, value);
        foreach (var (name, child) in _children)
            foreach (var item in child.Walk(select, $"{prefix}{name}."))
                yield return item;
    }
}
