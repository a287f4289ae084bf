using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The paper's memory: an entry belongs to a pair of class and image. A new pair takes a free slot, or the oldest pair's when the class
/// is full, and keeps its first vector as it is; a known pair moves by momentum.
/// </summary>
public sealed class OwnedMemory : RegionalMemory
{
    private const int Free = -1;
    private readonly int[] _owners; // image of each slot
    private readonly long[] _arrivals; // when the slot went to its pair: the smallest is the oldest
    private readonly Dictionary<(int Class, int Image), int> _slots = [];
    private long _clock;

    internal OwnedMemory(int classes, int channels, ClassificationOptions options, Device device) : base(classes, channels, options, device)
    {
        _owners = [.. Enumerable.Repeat(Free, Slots)];
        _arrivals = new long[Slots];
    }

    private protected override int UsedSlots => _slots.Count;

    private protected override (int Slot, double Kept) Claim(int l, int image)
    {
        if (_slots.TryGetValue((l, image), out int known)) return (known, Momentum);
        int first = l * SlotsPerClass, chosen = first;
        for (int slot = first; slot < first + SlotsPerClass; slot++)
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
        return (chosen, 0);
    }

    private protected override bool IsUsed(int slot) => _owners[slot] != Free;

    private protected override IEnumerable<(string Name, Tensor Value)> Places()
    {
        yield return ("owners", PerSlot(_owners));
        yield return ("arrivals", PerSlot(_arrivals));
    }

    private protected override void LoadPlaces(IReadOnlyDictionary<string, Tensor> saved)
    {
        saved["owners"].ToArray<int>().CopyTo(_owners, 0);
        saved["arrivals"].ToArray<long>().CopyTo(_arrivals, 0);
        _slots.Clear();
        for (int slot = 0; slot < Slots; slot++)
            if (IsUsed(slot) && !_slots.TryAdd((slot / SlotsPerClass, _owners[slot]), slot))
                throw new StateMismatchException($"The saved memory has two entries for image {_owners[slot]} and class {slot / SlotsPerClass}.");
        _clock = _arrivals.Max();
    }
}
