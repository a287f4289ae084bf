using System.IO.Compression;
using System.Text;

namespace Rca.Torch.Tests;

/// <summary>Puts PyTorch files together byte by byte. Texts are Latin-1: one character, one byte.</summary>
internal static class HostileFile
{
    /// <summary>One float tensor [2, 2] of the storage "9", which has 4 elements.</summary>
    public const string Storage = "(U\astoragectorch\nFloatStorage\nU\x01" + "9U\x03" + "cpuK\x04NtQ";

    /// <summary>A tensor of <see cref="Storage"/> with other offset, sizes and strides, as pickled operations.</summary>
    public static string Tensor(string offset, string sizes, string strides, string storage = Storage) =>
        $"ctorch._utils\n_rebuild_tensor\n({storage}{offset}{sizes}{strides}tR";

    public static readonly string Good = Tensor("K\0", "K\x02K\x02\x86", "K\x02K\x01\x86");

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A legacy file.</summary>
    /// <param name="value">The object's pickle after its protocol.</param>
    /// <param name="keys">The pickle of the storage keys.</param>
    /// <param name="storages">What follows.</param>
    public static byte[] Legacy(string value, string keys = "]", byte[]? storages = null, string machine = "}U\rlittle_endian\x88s") =>
    [
        .. Bytes("\u0080\x02\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\x19."), .. Bytes("\u0080\x02M\u00e9\x03."), .. Bytes($"\u0080\x02{machine}."),
        .. Bytes($"\u0080\x02{value}."), .. Bytes($"\u0080\x02{keys}."), .. storages ?? [],
    ];

    /// <summary>The storage "9" as a legacy file has it.</summary>
    public static byte[] StorageOf(long count, int bytes) => [.. BitConverter.GetBytes(count), .. new byte[bytes]];

    /// <summary>A zip archive.</summary>
    public static byte[] Zip(params (string Name, byte[] Data)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Data)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, data) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(data);
            }
        return stream.ToArray();
    }

    /// <summary>Reads bytes as a weight file; all its tensors too.</summary>
    public static void Read(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x"), bytes);
        WeightFile.Read(folder.File("x")).Dispose();
    }

    /// <summary>The bytes are refused with a message that has the words.</summary>
    public static void AssertRefused(string words, byte[] bytes) =>
        Assert.Contains(words, Assert.IsType<WeightFileException>(Record.Exception(() => Read(bytes))).Message, StringComparison.Ordinal);
}
