using System.Runtime.CompilerServices;

namespace Rca.Imaging.Crf;

/// <summary>
/// The distinct lattice points of one kernel in one tile: an open-addressing hash table from key to number, in order of first use.
/// </summary>
internal sealed unsafe class PermutohedralVertices : IDisposable
{
    // Keys stay below 2^60 in magnitude.
    private const long NoKey = long.MinValue;

    private PooledBuffer<Entry> _table;
    private int _bits = 12;

    private readonly int _first;

    /// <param name="first">The first number.</param>
    public PermutohedralVertices(int first) => (_first, _table) = (first, EmptyTable(_bits));

    public int Count { get; private set; }

    /// <summary>The number of the lattice point <paramref name="key"/>, which is added if it is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int FindOrAdd(long key)
    {
        var entry = _table.Pointer + Place(key, _bits);
        return entry->Key == key ? entry->Number : FindFurther(key);
    }

    /// <summary>The keys in ascending order, and the number of each.</summary>
    public (PooledBuffer<long> Keys, PooledBuffer<int> Numbers) Sort()
    {
        var keys = new PooledBuffer<long>(Count);
        var numbers = new PooledBuffer<int>(Count);
        var found = 0;
        foreach (ref readonly var entry in _table.Span)
        {
            if (entry.Key == NoKey)
                continue;
            keys.Pointer[found] = entry.Key;
            numbers.Pointer[found++] = entry.Number;
        }
        keys.Span.Sort(numbers.Span);
        return (keys, numbers);
    }

    public void Dispose() => _table.Dispose();

    private static PooledBuffer<Entry> EmptyTable(int bits)
    {
        var table = new PooledBuffer<Entry>(1L << bits);
        table.Span.Fill(new Entry(NoKey, 0));
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Place(long key, int bits) => (nuint)((ulong)key * 0x9E3779B97F4A7C15 >> (64 - bits));

    private static Entry* Probe(Entry* table, int bits, long key)
    {
        var mask = ((nuint)1 << bits) - 1;
        var place = Place(key, bits);
        while (table[place].Key != NoKey && table[place].Key != key)
            place = (place + 1) & mask;
        return table + place;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindFurther(long key)
    {
        var entry = Probe(_table.Pointer, _bits, key);
        if (entry->Key == key)
            return entry->Number;
        if (2 * Count >= _table.Length)
        {
            Grow();
            entry = Probe(_table.Pointer, _bits, key);
        }
        *entry = new Entry(key, _first + Count++);
        return entry->Number;
    }

    private void Grow()
    {
        _bits++;
        var larger = EmptyTable(_bits);
        foreach (ref readonly var entry in _table.Span)
        {
            if (entry.Key != NoKey)
                *Probe(larger.Pointer, _bits, entry.Key) = entry;
        }
        _table.Dispose();
        _table = larger;
    }

    private readonly record struct Entry(long Key, int Number);
}
