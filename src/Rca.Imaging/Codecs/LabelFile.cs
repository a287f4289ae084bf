using System.Numerics;
using System.Runtime.InteropServices;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Codecs;

/// <summary>Label maps as PNG files whose samples are the labels: palette files (colours play no part) and grey files.</summary>
public static class LabelFile
{
    private const byte Ignore8 = 255;

    /// <summary>
    /// Reads a palette PNG (1 to 8 bits) or a grey PNG (1 to 16 bits). 255 in 8 bits and 65535 in 16 bits become <see cref="LabelMap.Ignore"/>.
    /// </summary>
    /// <exception cref="PictureException">The file is missing, damaged, truncated, not a PNG, above the limits, or stores colours instead of labels.</exception>
    public static LabelMap Read(string path) => Read(path, spare: null);

    /// <summary>The same, for many files one after the other.</summary>
    /// <param name="path">A label file.</param>
    /// <param name="spare">A mask that is no longer needed; its memory is used again if it has the file's size.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static LabelMap Read(string path, LabelMap? spare)
    {
        byte[] file = WholeFile.Read(path, PictureLimits.Default);
        if (!PngCodec.Recognises(file))
            throw NotPng(path);
        LabelMap? map = null;
        if (PlainPng.TryDecode(file, PictureLimits.Default, (width, height) =>
            {
                map = spare is not null && (spare.Width, spare.Height) == (width, height) ? spare : Unwritten(width, height);
                return (row, samples) => Widen(samples, map.Labels.AsSpan(row * width, width));
            }))
            return map!;
        return NativeLibraries.Guard(
            path, Spng.Package, () => PngCodec.DecodeRaw(file, path, PictureLimits.Default, header => RequireLabels(header, path), ToLabels));
    }

    /// <summary>The size of a label file, from its header alone.</summary>
    /// <exception cref="PictureException">The file is missing, not a PNG, or its header is damaged.</exception>
    public static (int Width, int Height) ReadSize(string path) => PictureFile.ReadSize(path);

    /// <summary>
    /// Writes an 8-bit PNG with the <see cref="VocPalette"/> (255 = ignore), or, where a label is above 254, a 16-bit grey PNG (65535 = ignore).
    /// </summary>
    /// <exception cref="PictureException">The file cannot be written; none is left behind and an older one stays as it was.</exception>
    public static void Write(string path, LabelMap map) =>
        WholeFile.Write(path, NativeLibraries.Guard(path, Spng.Package, () => Encode(path, map)));

    private static byte[] Encode(string path, LabelMap map)
    {
        var indices = new byte[map.Labels.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            ushort label = map.Labels[i];
            if (label is >= Ignore8 and not LabelMap.Ignore)
                return PngCodec.Encode(map.Width, map.Height, PngColour.Gray, 16, MemoryMarshal.AsBytes<ushort>(map.Labels), path);
            indices[i] = (byte)label; // Ignore becomes 255
        }
        return PngCodec.Encode(map.Width, map.Height, PngColour.Indexed, 8, indices, path, vocPalette: true);
    }

    private static void RequireLabels(Spng.Header header, string path)
    {
        if (header.Colour is PngColour.Indexed or PngColour.Gray)
            return;
        string found = header.Colour switch { PngColour.Rgb => "RGB", PngColour.Rgba => "RGBA", _ => "grey with alpha" };
        throw new PictureException(
            path, $"a label file stores one label per pixel, this is a {found} PNG; save it as a palette or a grey PNG whose values are the labels.");
    }

    private static LabelMap ToLabels(Spng.Header header, ReadOnlySpan<byte> rows)
    {
        LabelMap map = Unwritten((int)header.Width, (int)header.Height);
        switch (header.BitDepth)
        {
            case 16: MemoryMarshal.Cast<byte, ushort>(rows).CopyTo(map.Labels); break;
            case 8: Widen(rows, map.Labels); break;
            default: Unpack(rows, header.BitDepth, map); break;
        }
        return map;
    }

    private static LabelMap Unwritten(int width, int height) => new(width, height, GC.AllocateUninitializedArray<ushort>(checked(width * height)));

    private static void Widen(ReadOnlySpan<byte> rows, Span<ushort> labels)
    {
        int i = 0;
        for (; i <= rows.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var values = new Vector<byte>(rows[i..]);
            Vector.Widen(values, out Vector<ushort> low, out Vector<ushort> high);
            // The upper byte, too, is 255 where the lower one is.
            Vector.Widen(Vector.Equals(values, new Vector<byte>(Ignore8)), out Vector<ushort> ignoredLow, out Vector<ushort> ignoredHigh);
            (low | ignoredLow << 8).CopyTo(labels[i..]);
            (high | ignoredHigh << 8).CopyTo(labels[(i + Vector<ushort>.Count)..]);
        }
        for (; i < rows.Length; i++)
            labels[i] = rows[i] == Ignore8 ? LabelMap.Ignore : rows[i];
    }

    /// <summary>Rows of samples below 8 bits, the leftmost in the highest bits; each row starts on a byte.</summary>
    private static void Unpack(ReadOnlySpan<byte> rows, int bits, LabelMap map)
    {
        int stride = rows.Length / map.Height, perByte = 8 / bits, mask = (1 << bits) - 1;
        for (int y = 0, i = 0; y < map.Height; y++)
            for (int x = 0; x < map.Width; x++)
                map.Labels[i++] = (ushort)(rows[y * stride + x / perByte] >> 8 - bits * (x % perByte + 1) & mask);
    }

    private static PictureException NotPng(string path) =>
        new(path, "a label file is a PNG, and the content of this one is not; JPEG would blur labels. Save it as a palette or a grey PNG.");
}
