using System.Buffers.Binary;

namespace Rca.Imaging.Codecs;

/// <summary>Finds the orientation in an EXIF segment. Exif 2.3, section 4.6: a TIFF header and its first directory.</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112, ShortType = 3;

    /// <summary>The stated orientation; <see cref="Orientation.Normal"/> where the segment states none or is damaged.</summary>
    public static Orientation ReadOrientation(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8))
            return Orientation.Normal;
        ReadOnlySpan<byte> tiff = segment[6..];
        if (tiff.Length < 8)
            return Orientation.Normal;
        bool little;
        if (tiff.StartsWith("II*\0"u8))
            little = true;
        else if (tiff.StartsWith("MM\0*"u8))
            little = false;
        else
            return Orientation.Normal;

        uint directory = UInt32(tiff[4..], little);
        if (directory > tiff.Length - 2)
            return Orientation.Normal;
        ReadOnlySpan<byte> entries = tiff[(int)directory..];
        int count = UInt16(entries, little);
        entries = entries[2..];
        for (; count > 0 && entries.Length >= 12; count--, entries = entries[12..])
        {
            if (UInt16(entries, little) != OrientationTag || UInt16(entries[2..], little) != ShortType)
                continue;
            var orientation = (Orientation)UInt16(entries[8..], little);
            return Enum.IsDefined(orientation) ? orientation : Orientation.Normal;
        }
        return Orientation.Normal;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
