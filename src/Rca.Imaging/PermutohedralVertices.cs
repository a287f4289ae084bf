using System.Runtime.CompilerServices;

namespace Rca.Imaging;

/// <summary>
/// The distinct lattice points of one tile: an open-addressing hash table from key to number, in order of first use.
/// </summary>
internal sealed unsafe class PermutohedralVertices : IDisposable
{
    private PooledBuffer<Entry> _table;
    private int _bits = 12;

    public PermutohedralVertices()
    {
        _table = new PooledBuffer<Entry>(1 << _bits);
        _table.Span.Clear();
    }

    public int Count { get; private set; }

    /// <summary>The number of the lattice point <paramref name="key"/>, which is added if it is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindOrAdd(long key)
    {
        var entry = Probe(_table.Pointer, _bits, key);
        if (entry->Number == 0)
        {
            if (2 * Count >= _table.Length)
            {
                Grow();
                entry = Probe(_table.Pointer, _bits, key);
            }
            *entry = new Entry(key, ++Count);
        }
        return entry->Number - 1;
    }

    /// <summary>The keys in ascending order, and for each number its place in that order.</summary>
    public (PooledBuffer<long> Keys, PooledBuffer<int> Places) Sort()
    {
        var keys = new PooledBuffer<long>(Count);
        var places = new PooledBuffer<int>(Count);
        using var numbers = new PooledBuffer<int>(Count);
        var found = 0;
        foreach (ref readonly var entry in _table.Span)
        {
            if (entry.Number == 0)
                continue;
            keys.Pointer[found] = entry.Key;
            numbers.Pointer[found++] = entry.Number - 1;
        }
        keys.Span.Sort(numbers.Span);
        for (var place = 0; place < Count; place++)
            places.Pointer[numbers.Pointer[place]] = place;
        return (keys, places);
    }

    public void Dispose() => _table.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Entry* Probe(Entry* table, int bits, long key)
    {
        var mask = (1 << bits) - 1;
        var slot = (int)((ulong)key * 0x9E3779B97F4A7C15 >> (64 - bits));
        while (table[slot].Number != 0 && table[slot].Key != key)
            slot = (slot + 1) & mask;
        return table + slot;
    }

    private void Grow()
    {
        _bits++;
        var larger = new PooledBuffer<Entry>(1L << _bits);
        larger.Span.Clear();
        foreach (ref readonly var entry in _table.Span)
        {
            if (entry.Number != 0)
                *Probe(larger.Pointer, _bits, entry.Key) = entry;
        }
        _table.Dispose();
        _table = larger;
    }

    // Number is one more than the point's number; 0 marks a free entry.
    private readonly record struct Entry(long Key, int Number);
}
