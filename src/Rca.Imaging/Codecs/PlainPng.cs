using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Rca.Imaging.Codecs;

/// <summary>
/// The PNG that label files usually are: one sample of 8 bits for each pixel, unfiltered and not interlaced. The runtime's inflate takes a
/// tenth of the time of the system's, which libspng calls once for each row.
/// </summary>
internal static class PlainPng
{
    private const int SignatureLength = 8, HeaderLength = 13, ChunkOverhead = 12; // length, type and checksum
    private const int LargestDeflateRatio = 1032;
    private static readonly uint[] CrcOfByte = [.. Enumerable.Range(0, 256).Select(static value => Enumerable.Range(0, 8)
        .Aggregate((uint)value, static (crc, _) => (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1))];

    /// <summary>What takes the samples of a row.</summary>
    public delegate void TakeRow(int row, ReadOnlySpan<byte> samples);

    /// <summary>
    /// Reads the rows from the top. Returns false if the file is of another kind or anything in it is not as expected (some rows may have been
    /// taken then): the full reader reads those, or says what is wrong.
    /// </summary>
    /// <param name="file">A file with PNG's signature.</param>
    /// <param name="limits">Sizes to leave to the full reader.</param>
    /// <param name="start">Called with width and height before the first row; returns the receiver of the rows.</param>
    public static bool TryDecode(byte[] file, PictureLimits limits, Func<int, int, TakeRow> start)
    {
        byte[] packed = ArrayPool<byte>.Shared.Rent(file.Length), row = [];
        try
        {
            if (!TryReadChunks(file, packed, out int width, out int height, out int length)
                || (long)width * height > Math.Min(limits.MaxPixels, (long)length * LargestDeflateRatio))
                return false;
            row = ArrayPool<byte>.Shared.Rent(width + 1);
            using var inflated = new ZLibStream(new MemoryStream(packed, 0, length, writable: false), CompressionMode.Decompress);
            TakeRow take = start(width, height);
            for (int y = 0; y < height; y++)
            {
                inflated.ReadExactly(row, 0, width + 1);
                if (row[0] != 0)
                    return false; // filtered
                take(y, row.AsSpan(1, width));
            }
            return inflated.ReadByte() < 0; // and the checksum behind the last row is right
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
            ArrayPool<byte>.Shared.Return(row);
        }
    }

    /// <summary>Checks all chunks and puts the compressed data together.</summary>
    private static bool TryReadChunks(ReadOnlySpan<byte> file, Span<byte> packed, out int width, out int height, out int length)
    {
        (width, height, length) = (0, 0, 0);
        ReadOnlySpan<byte> rest = file[SignatureLength..], last = default;
        bool needsPalette = false;
        while (rest.Length >= ChunkOverhead)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (size > rest.Length - ChunkOverhead)
                return false;
            ReadOnlySpan<byte> type = rest.Slice(4, 4), data = rest.Slice(8, (int)size);
            if (Crc(rest.Slice(4, (int)size + 4)) != BinaryPrimitives.ReadUInt32BigEndian(rest[((int)size + 8)..]))
                return false;
            if (last.IsEmpty != type.SequenceEqual("IHDR"u8))
                return false; // the header comes first, and once
            if (type.SequenceEqual("IHDR"u8))
            {
                if (data.Length != HeaderLength || !IsPlain(data))
                    return false;
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                needsPalette = (PngColour)data[9] == PngColour.Indexed;
                if (width < 1 || height < 1)
                    return false;
            }
            else if (type.SequenceEqual("PLTE"u8))
            {
                if (length > 0 || data.IsEmpty || data.Length % 3 != 0 || data.Length > 3 * 256)
                    return false;
                needsPalette = false;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                if (needsPalette || (length > 0 && !last.SequenceEqual("IDAT"u8)))
                    return false;
                data.CopyTo(packed[length..]);
                length += data.Length;
            }
            else if (type.SequenceEqual("IEND"u8))
            {
                return data.IsEmpty && length > 0;
            }
            else if (char.IsUpper((char)type[0]))
            {
                return false; // unknown, and not to be passed over
            }
            last = type;
            rest = rest[((int)size + ChunkOverhead)..];
        }
        return false;
    }

    /// <summary>8 bits, palette or grey, deflate, no interlacing.</summary>
    private static bool IsPlain(ReadOnlySpan<byte> header) =>
        header[8] == 8 && (PngColour)header[9] is (PngColour.Indexed or PngColour.Gray) && header[10] == 0 && header[11] == 0 && header[12] == 0;

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            crc = CrcOfByte[(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }
}
