using System.IO.Compression;
using System.Text;
using Rca.Files;
using Rca.Passes;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Activation maps on disk: one NumPy <c>.npz</c> file for a picture, compressed, with one 8-bit array (H × W, 255 = 1) for each tagged
/// class, under its name. Rounding to 8 bits changes a value by at most 1/510.
/// </summary>
public static class ActivationMapFile
{
    private const long MaxArrayBytes = 4L * MultiScale.MaxSide * MultiScale.MaxSide;
    private static readonly DateTimeOffset ZipEpoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Name of the file for an image, below its folder.</summary>
    public static string NameFor(string imageName) => Path.ChangeExtension(imageName, ".npz");

    /// <summary>Reads the maps of the tagged classes of one picture, which has at least one tag.</summary>
    /// <exception cref="WeightFileException">The file is missing, damaged, or lacks a class.</exception>
    public static ActivationMap Read(string path, IReadOnlyList<int> tags, IReadOnlyList<string> classes)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            NumpyArray[] arrays = [.. tags.Select(l => ReadArray(archive, EntryName(classes[l]), path))];
            long[] shape = [.. arrays[0].Shape];
            if (shape is not [> 0 and <= MultiScale.MaxSide, > 0 and <= MultiScale.MaxSide] || arrays.Any(array => !array.Shape.SequenceEqual(shape)))
                throw new WeightFileException(path, $"does not hold maps of one size, at most {MultiScale.MaxSide} on a side");
            float[] values = [.. arrays.SelectMany(static array => array.ToDoubles()).Select(static value => (float)(value / 255))];
            return new ActivationMap((int)shape[1], (int)shape[0], tags, values);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new WeightFileException(path, $"cannot be read as activation maps ({e.Message})", e);
        }
    }

    /// <summary>Writes the maps of one picture, whole or not at all.</summary>
    public static void Write(string path, ActivationMap map, IReadOnlyList<string> classes) => WholeFile.Write(path, temporary =>
    {
        using var archive = new ZipArchive(File.Create(temporary), ZipArchiveMode.Create);
        for (int t = 0; t < map.Classes.Count; t++)
        {
            ZipArchiveEntry entry = archive.CreateEntry(EntryName(classes[map.Classes[t]]), CompressionLevel.Fastest);
            entry.LastWriteTime = ZipEpoch; // the same maps give the same file
            using Stream array = entry.Open();
            array.Write(Header(map.Height, map.Width));
            array.Write(Quantise(map[t]));
        }
    });

    private static string EntryName(string className) => $"{className.Replace('/', '_')}.npy";

    private static NumpyArray ReadArray(ZipArchive archive, string name, string path)
    {
        ZipArchiveEntry entry = archive.GetEntry(name) ?? throw new WeightFileException(path, $"has no map '{name}'");
        if (entry.Length > MaxArrayBytes) throw new WeightFileException(path, $"claims a map of {entry.Length} bytes; at most {MaxArrayBytes} are supported");
        var bytes = new byte[entry.Length];
        using (Stream stream = entry.Open()) stream.ReadExactly(bytes);
        return NumpyFile.Read(new MemoryStream(bytes), path);
    }

    private static byte[] Quantise(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)MathF.Round(Math.Clamp(values[i], 0, 1) * 255);
        return bytes;
    }

    /// <summary>Version 1.0 of the .npy header: magic, length, a Python literal, padded to a multiple of 64.</summary>
    private static byte[] Header(int height, int width)
    {
        const int fixedLength = 10;
        string literal = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({height}, {width}), }}";
        int length = (fixedLength + literal.Length + 1 + 63) / 64 * 64 - fixedLength;
        byte[] text = Encoding.ASCII.GetBytes(literal.PadRight(length - 1) + "\n");
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)(length & 255), (byte)(length >> 8), .. text];
    }
}
