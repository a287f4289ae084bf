namespace Rca.Imaging.Tests;

internal static class Checksum
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(value => EightBits((uint)value))];

    /// <summary>The CRC-32 of PNG and zlib.</summary>
    public static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data) crc = crc >> 8 ^ Table[(byte)crc ^ value];
        return ~crc;
    }

    private static uint EightBits(uint crc)
    {
        for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        return crc;
    }
}
