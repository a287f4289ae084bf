using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The regional memory bank (section 3.1): for each class up to N region vectors from the whole data set. An entry belongs to a pair of
/// class and image: a new pair takes a free slot, or the oldest pair's when the class is full, and keeps its first vector as it is; a
/// known pair moves by momentum. Beside each vector its projection is kept, the key for the contrast. No gradient reaches the memory.
/// </summary>
public sealed class RegionalMemory : IDisposable
{
    private const int Free = -1;
    private const long MaxNumbers = 500_000_000;
    private readonly int _classes, _slotsPerClass, _channels;
    private readonly double _gate, _momentum;
    private readonly Tensor _vectors, _keys; // (L·N, D)
    private readonly int[] _owners; // image of each slot
    private readonly long[] _arrivals; // when the slot went to its pair: the smallest is the oldest
    private readonly Dictionary<(int Class, int Image), int> _slots = [];
    private long _clock;

    /// <summary>Makes an empty memory.</summary>
    public RegionalMemory(int classes, int channels, ClassificationOptions options, Device device)
    {
        (_classes, _slotsPerClass, _channels) = (classes, options.MemorySize, channels);
        (_gate, _momentum) = (options.ScoreGate, options.MemoryMomentum);
        long numbers = (long)classes * _slotsPerClass * channels;
        if (numbers > MaxNumbers)
            throw new RcaException($"The regional memory would hold {classes} classes × {_slotsPerClass} regions × {channels} channels, twice; at most {MaxNumbers:N0} numbers each are supported. Train with fewer classes, a smaller --width, or without contrast and aggregation.");
        int slots = classes * _slotsPerClass;
        _vectors = Tensor.Zeros([slots, channels], device: device).Escape();
        _keys = Tensor.Zeros([slots, channels], device: device).Escape();
        _owners = [.. Enumerable.Repeat(Free, slots)];
        _arrivals = new long[slots];
    }

    /// <summary>Entries in use, over all classes.</summary>
    public int Count => _slots.Count;

    /// <summary>Takes the regions whose class scores above the gate.</summary>
    /// <param name="regions">The batch's regions.</param>
    /// <param name="images">Index of each picture of the batch in the data set.</param>
    /// <param name="scores">p, (B, L): the first scores, before the sigmoid.</param>
    /// <param name="vectors">f, (R, D).</param>
    /// <param name="keys">g, (R, D): the projected vectors; null without contrast.</param>
    public void Update(Regions regions, int[] images, Tensor scores, Tensor vectors, Tensor? keys)
    {
        using var noGrad = new NoGrad();
        float[] probabilities = scores.To(DType.Float32).Sigmoid().ToArray<float>();
        // Several new pairs of one batch may claim one slot of a tiny memory: the last one keeps it.
        var claims = new SortedDictionary<int, (int Row, float Kept)>();
        for (int r = 0; r < regions.Count; r++)
        {
            int l = regions.Classes[r];
            if (!(probabilities[regions.Pictures[r] * _classes + l] > _gate)) continue;
            bool known = _slots.TryGetValue((l, images[regions.Pictures[r]]), out int slot);
            if (!known) slot = Claim(l, images[regions.Pictures[r]]);
            claims[slot] = (r, known ? (float)_momentum : 0);
        }
        if (claims.Count == 0) return;
        Device device = _vectors.Device;
        Tensor slots = Tensor.From<long>([.. claims.Keys.Select(static slot => (long)slot)], claims.Count).To(device);
        Tensor rows = Tensor.From<long>([.. claims.Values.Select(static claim => (long)claim.Row)], claims.Count).To(device);
        Tensor kept = Tensor.From<float>([.. claims.Values.Select(static claim => claim.Kept)], claims.Count, 1).To(device);
        Move(_vectors, vectors);
        if (keys is not null) Move(_keys, keys);

        // entry ← γ·entry + (1-γ)·f, with γ = 0 for a new pair
        void Move(Tensor bank, Tensor source) =>
            bank.IndexCopy_(0, slots, bank.IndexSelect(0, slots) * kept + source.Detach().IndexSelect(0, rows) * (1.0 - kept));
    }

    /// <summary>The keys in use, of length 1, and their classes: (E, D) and (E), in slot order.</summary>
    public (Tensor Keys, Tensor Classes) Keys()
    {
        using var noGrad = new NoGrad();
        long[] used = [.. Enumerable.Range(0, _owners.Length).Where(slot => _owners[slot] != Free).Select(static slot => (long)slot)];
        Tensor index = Tensor.From(used, used.Length).To(_keys.Device);
        Tensor classes = Tensor.From<long>([.. used.Select(slot => slot / _slotsPerClass)], used.Length).To(_keys.Device);
        return (_keys.IndexSelect(0, index).Normalize(1), classes);
    }

    /// <summary>All region vectors, (L, N, D), and which slots are in use, (L, N) of 0 and 1.</summary>
    public (Tensor Vectors, Tensor Used) Vectors()
    {
        float[] used = [.. _owners.Select(static owner => owner == Free ? 0f : 1f)];
        return (_vectors.Reshape(_classes, _slotsPerClass, _channels), Tensor.From(used, _classes, _slotsPerClass).To(_vectors.Device));
    }

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, Tensor Value)> State()
    {
        yield return ("vectors", _vectors);
        yield return ("keys", _keys);
        // Copies: they belong to the scope of whoever asks.
        yield return ("owners", Tensor.From(_owners, _classes, _slotsPerClass));
        yield return ("arrivals", Tensor.From(_arrivals, _classes, _slotsPerClass));
    }

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    /// <exception cref="StateMismatchException">The saved memory has other sizes.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> saved)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        foreach (var (name, value) in State())
            if (!saved.TryGetValue(name, out Tensor? found) || !found.Shape.AsSpan().SequenceEqual(value.Shape))
                throw new StateMismatchException($"The saved memory lacks '{name}' of shape [{string.Join(", ", value.Shape)}].");
        _vectors.Copy_(saved["vectors"]);
        _keys.Copy_(saved["keys"]);
        saved["owners"].ToArray<int>().CopyTo(_owners, 0);
        saved["arrivals"].ToArray<long>().CopyTo(_arrivals, 0);
        _slots.Clear();
        for (int slot = 0; slot < _owners.Length; slot++)
            if (_owners[slot] != Free && !_slots.TryAdd((slot / _slotsPerClass, _owners[slot]), slot))
                throw new StateMismatchException($"The saved memory has two entries for image {_owners[slot]} and class {slot / _slotsPerClass}.");
        _clock = _arrivals.Max();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vectors.Dispose();
        _keys.Dispose();
    }

    /// <summary>Gives a new pair the first free slot of its class, or the oldest pair's.</summary>
    private int Claim(int l, int image)
    {
        int first = l * _slotsPerClass, chosen = first;
        for (int slot = first; slot < first + _slotsPerClass; slot++)
        {
            if (_owners[slot] == Free)
            {
                chosen = slot;
                break;
            }
            if (_arrivals[slot] < _arrivals[chosen]) chosen = slot;
        }
        if (_owners[chosen] != Free) _slots.Remove((l, _owners[chosen]));
        _owners[chosen] = image;
        _arrivals[chosen] = ++_clock;
        _slots.Add((l, image), chosen);
        return chosen;
    }
}
