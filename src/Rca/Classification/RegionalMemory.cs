using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The regional memory bank (section 3.1): for each class up to N region vectors from the whole data set, and beside each its projection,
/// the key for the contrast, unless the raw vectors are the keys. Subclasses decide which slot a region goes to. No gradient reaches
/// the memory. An update waits for the scores that decide on it until the memory is next read; by then the device has finished computing them.
/// </summary>
public abstract class RegionalMemory : IDisposable
{
    private const long MaxNumbers = 500_000_000;
    private readonly int _classes, _channels;
    private readonly double _gate;
    private readonly Tensor _vectors; // (L·N, D)
    private readonly Tensor? _keys; // (L·N, D)
    private readonly Deferred _update = new(); // the last one, where it is still open
    private (Tensor Slots, Tensor Classes, int Count)? _used; // of the slots in use, each (E)

    private protected RegionalMemory(int classes, int channels, ClassificationOptions options, Device device)
    {
        (_classes, SlotsPerClass, _channels) = (classes, options.MemorySize, channels);
        (_gate, Momentum) = (options.ScoreGate, options.MemoryMomentum);
        long numbers = (long)classes * SlotsPerClass * channels;
        if (numbers > MaxNumbers)
            throw new RcaException($"The regional memory would hold {classes} classes × {SlotsPerClass} regions × {channels} channels, twice; at most {MaxNumbers:N0} numbers each are supported. Train with fewer classes, a smaller --width, or without contrast and aggregation.");
        _vectors = Tensor.Zeros([Slots, channels], device: device).Escape();
        if (!options.RawKeys) _keys = Tensor.Zeros([Slots, channels], device: device).Escape();
    }

    /// <summary>Entries in use, over all classes. Finishes the last update, which on CUDA may wait for its scores.</summary>
    public int Count
    {
        get
        {
            _update.Settle();
            return UsedSlots;
        }
    }

    /// <summary>Slots that hold an entry; once in use they stay so.</summary>
    private protected abstract int UsedSlots { get; }

    /// <summary>N.</summary>
    private protected int SlotsPerClass { get; }

    /// <summary>L·N.</summary>
    private protected int Slots => _classes * SlotsPerClass;

    /// <summary>γ, the share of an old entry that an update keeps.</summary>
    private protected double Momentum { get; }

    /// <summary>Slots that a class needs: no class fills more than it has images; a ring is full from the start.</summary>
    internal static int SlotsFor(ClassificationOptions options, IEnumerable<IReadOnlyList<int>> tags) => options.RingMemory
        ? options.MemorySize
        : Math.Min(options.MemorySize, tags.SelectMany(static some => some).CountBy(static l => l).Max(static count => count.Value));

    /// <summary>Makes the kind of memory that the settings name.</summary>
    public static RegionalMemory Create(int classes, int channels, ClassificationOptions options, Device device) =>
        options.RingMemory ? new RingMemory(classes, channels, options, device) : new OwnedMemory(classes, channels, options, device);

    /// <summary>
    /// Takes the regions whose class scores above the gate. The arguments are used when the memory is next read, and must not
    /// change until then.
    /// </summary>
    /// <param name="regions">The batch's regions.</param>
    /// <param name="images">Index of each picture of the batch in the data set.</param>
    /// <param name="scores">p or o, (B, L), before the sigmoid.</param>
    /// <param name="vectors">f, (R, D).</param>
    /// <param name="keys">g, (R, D): the projected vectors; null without contrast.</param>
    public void Update(Regions regions, int[] images, Tensor scores, Tensor vectors, Tensor? keys)
    {
        using var noGrad = new NoGrad();
        int[] pictures = regions.Pictures, classes = regions.Classes;
        Tensor entering = vectors.Detach().Escape();
        Tensor? enteringKeys = keys?.Detach().Escape();
        _update.Begin(scores.To(DType.Float32).Sigmoid(), probabilities => Enter(pictures, classes, images, probabilities, entering, enteringKeys), entering, enteringKeys);
    }

    /// <summary>Moves the entries of the regions of a batch.</summary>
    /// <param name="pictures">Each region's picture in the batch.</param>
    /// <param name="classes">Each region's class.</param>
    /// <param name="images">Index of each picture of the batch in the data set.</param>
    /// <param name="probabilities">σ(p) or σ(o), (B, L).</param>
    /// <param name="vectors">f, (R, D).</param>
    /// <param name="keys">g, (R, D), or null.</param>
    private void Enter(int[] pictures, int[] classes, int[] images, float[] probabilities, Tensor vectors, Tensor? keys)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        // Several regions of one batch may go to one slot of a tiny memory: the last one keeps it.
        var claims = new SortedDictionary<int, (int Row, float Kept)>();
        for (int r = 0; r < classes.Length; r++)
        {
            int l = classes[r], picture = pictures[r];
            if (!(probabilities[picture * _classes + l] > _gate)) continue;
            var (slot, kept) = Claim(l, images[picture]);
            claims[slot] = (r, (float)kept);
        }
        if (claims.Count == 0) return;
        Device device = _vectors.Device;
        Tensor slots = Tensor.From<long>([.. claims.Keys.Select(static slot => (long)slot)], claims.Count).To(device);
        Tensor rows = Tensor.From<long>([.. claims.Values.Select(static claim => (long)claim.Row)], claims.Count).To(device);
        Tensor share = Tensor.From<float>([.. claims.Values.Select(static claim => claim.Kept)], claims.Count, 1).To(device);
        Move(_vectors, vectors);
        if (keys is not null && _keys is not null) Move(_keys, keys);

        // entry ← γ·entry + (1-γ)·f
        void Move(Tensor bank, Tensor source) =>
            bank.IndexCopy_(0, slots, bank.IndexSelect(0, slots) * share + source.IndexSelect(0, rows) * (1.0 - share));
    }

    /// <summary>The keys in use, of length 1, and their classes: (E, D) and (E), in slot order.</summary>
    public (Tensor Keys, Tensor Classes) Keys()
    {
        _update.Settle();
        using var noGrad = new NoGrad();
        if (_used?.Count != UsedSlots)
        {
            long[] slots = [.. Enumerable.Range(0, Slots).Where(IsUsed).Select(static slot => (long)slot)], classes = Array.ConvertAll(slots, slot => slot / SlotsPerClass);
            ForgetUsed();
            Tensor places = Tensor.From(slots, slots.Length).To(_vectors.Device), ofClasses = Tensor.From(classes, classes.Length).To(_vectors.Device);
            _used = (places.Escape(), ofClasses.Escape(), slots.Length);
        }
        var used = _used.Value;
        return ((_keys ?? _vectors).IndexSelect(0, used.Slots).Normalize(1), used.Classes.Detach());
    }

    /// <summary>All region vectors, (L, N, D), and which slots are in use, (L, N) of 0 and 1.</summary>
    public (Tensor Vectors, Tensor Used) Vectors()
    {
        _update.Settle();
        float[] used = [.. Enumerable.Range(0, Slots).Select(slot => IsUsed(slot) ? 1f : 0f)];
        return (_vectors.Reshape(_classes, SlotsPerClass, _channels), Tensor.From(used, _classes, SlotsPerClass).To(_vectors.Device));
    }

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, Tensor Value)> State()
    {
        _update.Settle();
        IEnumerable<(string, Tensor)> banks = _keys is null ? [("vectors", _vectors)] : [("vectors", _vectors), ("keys", _keys)];
        return banks.Concat(Places());
    }

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    /// <exception cref="StateMismatchException">The saved memory has other sizes, or contradicts itself.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> saved)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        _update.Dispose();
        ForgetUsed();
        foreach (var (name, value) in State())
            if (!saved.TryGetValue(name, out Tensor? found) || !found.Shape.AsSpan().SequenceEqual(value.Shape))
                throw new StateMismatchException($"The saved memory lacks '{name}' of shape [{string.Join(", ", value.Shape)}].");
        _vectors.Copy_(saved["vectors"]);
        _keys?.Copy_(saved["keys"]);
        LoadPlaces(saved);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vectors.Dispose();
        _keys?.Dispose();
        _update.Dispose();
        ForgetUsed();
        GC.SuppressFinalize(this);
    }

    /// <summary>The slot that a region goes to, and the share of its old entry that stays.</summary>
    private protected abstract (int Slot, double Kept) Claim(int l, int image);

    /// <summary>Whether a slot's entry is used.</summary>
    private protected abstract bool IsUsed(int slot);

    /// <summary>The owners and places for a checkpoint: copies that belong to the caller's scope.</summary>
    private protected abstract IEnumerable<(string Name, Tensor Value)> Places();

    /// <summary>Restores what <see cref="Places"/> gave, of the same shapes.</summary>
    private protected abstract void LoadPlaces(IReadOnlyDictionary<string, Tensor> saved);

    /// <summary>Fills all entries with noise.</summary>
    private protected void FillWithNoise()
    {
        using var noGrad = new NoGrad();
        _vectors.Normal_(0, 1);
        _keys?.Normal_(0, 1);
    }

    private void ForgetUsed()
    {
        _used?.Slots.Dispose();
        _used?.Classes.Dispose();
        _used = null;
    }

    /// <summary>Numbers of slots, in the shape of the memory.</summary>
    private protected Tensor PerSlot<T>(T[] values) where T : unmanaged => Tensor.From(values, _classes, SlotsPerClass);
}
