using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The public code's memory: a ring for each class that starts as Gaussian noise. Every region moves the entry at the class's pointer by
/// momentum, and the pointer moves on. All entries take part from the start, noise or not.
/// </summary>
public sealed class RingMemory : RegionalMemory
{
    private readonly int[] _pointers;

    internal RingMemory(int classes, int channels, ClassificationOptions options, Device device) : base(classes, channels, options, device)
    {
        _pointers = new int[classes];
        FillWithNoise();
    }

    private protected override int UsedSlots => Slots;

    private protected override (int Slot, double Kept) Claim(int l, int image)
    {
        int slot = l * SlotsPerClass + _pointers[l];
        _pointers[l] = (_pointers[l] + 1) % SlotsPerClass;
        return (slot, Momentum);
    }

    private protected override bool IsUsed(int slot) => true;

    private protected override IEnumerable<(string Name, Tensor Value)> Places()
    {
        yield return ("pointers", Tensor.From(_pointers, _pointers.Length));
    }

    private protected override void LoadPlaces(IReadOnlyDictionary<string, Tensor> saved)
    {
        int[] pointers = saved["pointers"].ToArray<int>();
        if (pointers.Any(pointer => pointer < 0 || pointer >= SlotsPerClass))
            throw new StateMismatchException($"The saved memory points outside its {SlotsPerClass} slots for a class.");
        pointers.CopyTo(_pointers, 0);
    }
}
