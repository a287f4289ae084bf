using System.Buffers.Binary;
using System.Text;

namespace Rca.Torch;

/// <summary>Where a stored file stands inside a zip archive.</summary>
internal sealed record ZipEntry(string Name, long Position, long Length);

/// <summary>
/// The central directory of a zip archive (APPNOTE 6.3), ZIP64 included. Strict: entries are stored and not packed, have names of their
/// own, and lie apart from one another inside the archive. Nothing is unpacked.
/// </summary>
internal static class ZipDirectory
{
    private const int EndLength = 22, MaxComment = 65_535, LocatorLength = 20, End64Length = 56, CentralLength = 46, LocalLength = 30;
    private const int MaxDirectoryBytes = 16 << 20;

    public static Dictionary<string, ZipEntry> Read(FileStream stream)
    {
        var (start, bytes, count) = FindDirectory(stream);
        byte[] directory = ReadAt(stream, start, bytes);
        var entries = new Dictionary<string, ZipEntry>();
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            ZipEntry entry = ReadEntry(stream, directory, ref at, start);
            if (!entries.TryAdd(entry.Name, entry)) throw new BadFileException($"is a zip archive with two files named '{entry.Name}'");
        }
        if (at != directory.Length) throw new BadFileException("is a zip archive whose directory is longer than its entries");
        CheckApart(entries.Values);
        return entries;
    }

    /// <summary>Reads bytes whose number the caller has bounded.</summary>
    public static byte[] ReadAt(FileStream stream, long position, long bytes)
    {
        if (position < 0 || bytes < 0 || position > stream.Length - bytes) throw new BadFileException("is a zip archive that is truncated or damaged");
        var data = new byte[bytes];
        stream.Position = position;
        stream.ReadExactly(data);
        return data;
    }

    private static (long Start, long Bytes, long Count) FindDirectory(FileStream stream)
    {
        byte[] tail = ReadAt(stream, Math.Max(0, stream.Length - EndLength - MaxComment), Math.Min(stream.Length, EndLength + MaxComment));
        int end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || tail.Length - end < EndLength) throw new BadFileException("is a zip archive without its end; it is truncated");
        ReadOnlySpan<byte> record = tail.AsSpan(end);
        long count = U16(record, 10), bytes = U32(record, 12), start = U32(record, 16), limit = stream.Length - tail.Length + end;
        if (count == ushort.MaxValue || bytes == uint.MaxValue || start == uint.MaxValue)
        {
            ReadOnlySpan<byte> locator = ReadAt(stream, limit - LocatorLength, LocatorLength);
            if (!locator.StartsWith("PK\x06\x07"u8)) throw new BadFileException("is a zip archive without the 64-bit end that it announces");
            limit = I64(locator, 8);
            ReadOnlySpan<byte> end64 = ReadAt(stream, limit, End64Length);
            if (!end64.StartsWith("PK\x06\x06"u8)) throw new BadFileException("is a zip archive without the 64-bit end that it announces");
            (count, bytes, start) = (I64(end64, 32), I64(end64, 40), I64(end64, 48));
        }
        if (bytes > MaxDirectoryBytes) throw new BadFileException($"is a zip archive with a directory of {bytes} bytes; at most {MaxDirectoryBytes} are supported");
        if (start < 0 || bytes < 0 || count < 0 || start > limit - bytes || count > bytes / CentralLength)
            throw new BadFileException($"is a zip archive with {count} entries in {bytes} bytes at {start}, which cannot be; it is damaged");
        return (start, bytes, count);
    }

    private static ZipEntry ReadEntry(FileStream stream, byte[] directory, ref int at, long limit)
    {
        ReadOnlySpan<byte> rest = directory.AsSpan(at);
        if (rest.Length < CentralLength || !rest.StartsWith("PK\x01\x02"u8)) throw new BadFileException("is a zip archive with a damaged directory");
        int nameLength = U16(rest, 28), extraLength = U16(rest, 30), length = CentralLength + nameLength + extraLength + U16(rest, 32);
        if (rest.Length < length) throw new BadFileException("is a zip archive with a damaged directory");
        at += length;
        ReadOnlySpan<byte> nameBytes = rest.Slice(CentralLength, nameLength);
        string name = Encoding.UTF8.GetString(nameBytes);
        if ((U16(rest, 8) & 1) != 0) throw new BadFileException($"holds '{name}' encrypted");
        if (U16(rest, 10) != 0) throw new BadFileException($"holds '{name}' compressed; torch.save stores files as they are");
        long packed = U32(rest, 20), size = U32(rest, 24), local = U32(rest, 42);
        Extend(rest.Slice(CentralLength + nameLength, extraLength), ref size, ref packed, ref local);
        if (packed != size) throw new BadFileException($"holds '{name}' with {packed} bytes for {size}, though it is not compressed");
        // The local header repeats the name and has an extra field of its own length.
        ReadOnlySpan<byte> header = ReadAt(stream, local, LocalLength);
        if (!header.StartsWith("PK\x03\x04"u8) || !ReadAt(stream, local + LocalLength, U16(header, 26)).AsSpan().SequenceEqual(nameBytes))
            throw new BadFileException($"places '{name}' at {local}, where it does not begin");
        long position = local + LocalLength + nameLength + U16(header, 28);
        if (size < 0 || position > limit - size) throw new BadFileException($"holds '{name}' of {size} bytes, more than the archive has room for");
        return new ZipEntry(name, position, size);
    }

    /// <summary>Takes what does not fit 32 bits from the ZIP64 extra field, in its fixed order.</summary>
    private static void Extend(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int length = U16(extra, 2);
            if (length > extra.Length - 4) break;
            if (U16(extra, 0) == 1)
            {
                ReadOnlySpan<byte> values = extra.Slice(4, length);
                Take(ref values, ref size);
                Take(ref values, ref packed);
                Take(ref values, ref local);
            }
            extra = extra[(4 + length)..];
        }

        static void Take(ref ReadOnlySpan<byte> values, ref long value)
        {
            if (value != uint.MaxValue || values.Length < 8) return;
            value = I64(values, 0);
            values = values[8..];
        }
    }

    private static void CheckApart(IEnumerable<ZipEntry> entries)
    {
        long position = 0;
        foreach (ZipEntry entry in entries.OrderBy(static entry => entry.Position).ThenBy(static entry => entry.Length))
        {
            if (entry.Position < position) throw new BadFileException($"holds '{entry.Name}' inside another file of the archive");
            position = entry.Position + entry.Length;
        }
    }

    private static int U16(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);

    private static long U32(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private static long I64(ReadOnlySpan<byte> data, int at) => BinaryPrimitives.ReadInt64LittleEndian(data[at..]);
}
