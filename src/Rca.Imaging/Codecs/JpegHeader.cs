using System.Buffers.Binary;

namespace Rca.Imaging.Codecs;

/// <summary>What the segments before the first scan of a JPEG file state.</summary>
internal readonly record struct JpegHeader(int Width, int Height, int Components, bool HasRestarts, Orientation Orientation)
{
    /// <summary>Reads the segments up to the first scan; skips what it does not need.</summary>
    public static JpegHeader Read(Stream stream, string path)
    {
        var header = new JpegHeader(0, 0, 0, false, Orientation.Normal);
        stream.Position = 2;
        try
        {
            while (true)
            {
                byte marker = NextMarker(stream, path);
                if (marker is 0xD9 or 0xDA)
                    break;
                if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                    continue;
                int length = ReadUInt16(stream) - 2;
                if (length < 0)
                    throw new PictureException(path, "a JPEG segment states an impossible length; the file is damaged.");
                header = ReadSegment(stream, marker, length, header);
            }
        }
        catch (EndOfStreamException e)
        {
            throw new PictureException(path, "the JPEG file ends within its header; it is truncated.", e);
        }
        return header.Components == 0 ? throw new PictureException(path, "the JPEG file has no frame header; it is damaged.") : header;
    }

    private static JpegHeader ReadSegment(Stream stream, byte marker, int length, JpegHeader header)
    {
        long end = stream.Position + length;
        bool isFrame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
        if (isFrame && length >= 6)
        {
            Span<byte> frame = stackalloc byte[6]; // precision, height, width, components
            stream.ReadExactly(frame);
            header = header with
            {
                Height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]),
                Width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]),
                Components = frame[5],
            };
        }
        else if (marker == 0xDD && length >= 2)
        {
            header = header with { HasRestarts = ReadUInt16(stream) != 0 };
        }
        else if (marker == 0xE1 && header.Orientation == Orientation.Normal)
        {
            var segment = new byte[length]; // at most 65533
            stream.ReadExactly(segment);
            header = header with { Orientation = Exif.ReadOrientation(segment) };
        }
        if (end > stream.Length)
            throw new EndOfStreamException();
        stream.Position = end;
        return header;
    }

    private static byte NextMarker(Stream stream, string path)
    {
        if (ReadByte(stream) != 0xFF)
            throw new PictureException(path, $"a JPEG marker was expected at byte {stream.Position - 1}; the file is damaged.");
        byte marker;
        do
        {
            marker = ReadByte(stream);
        }
        while (marker == 0xFF);
        return marker;
    }

    private static byte ReadByte(Stream stream)
    {
        int value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw new EndOfStreamException();
    }

    private static int ReadUInt16(Stream stream) => ReadByte(stream) << 8 | ReadByte(stream);
}
