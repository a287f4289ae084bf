using System.IO.Compression;
using static Rca.Torch.Tests.HostileFile;

namespace Rca.Torch.Tests;

/// <summary>PyTorch files whose tensors, storages or archives lie.</summary>
public class HostilePyTorchTests
{
    private const string Key = "]U\x01" + "9a", Two = "K\x02K\x02\u0086", Strides = "K\x02K\x01\u0086", Max = "\u008a\b\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\x7f";

    public static TheoryData<string, string> Tensors() => new()
    {
        { Tensor("K\x01", Two, Strides), "beyond its storage of 4" },
        { Tensor("J\u00ff\u00ff\u00ff\u00ff", Two, Strides), "beyond its storage" },
        { Tensor(Max, Two, Strides), "beyond its storage" },
        { Tensor("K\0", "K\x03K\x02\u0086", Strides), "beyond its storage" },
        { Tensor("K\0", Two, "J\u00ff\u00ff\u00ff\u00ffK\x01\u0086"), "impossible shape" },
        { Tensor("K\0", "J\u00ff\u00ff\u00ff\u00ffK\x01\u0086", Strides), "impossible shape" },
        { Tensor("K\0", $"{Max}{Max}\u0086", "K\0K\0\u0086"), "impossible shape" },
        { Tensor("K\0", $"{Max}K\0\u0086", "K\0K\0\u0086"), "impossible shape" },
        { Tensor("K\0", Two, $"{Max}{Max}\u0086"), "beyond its storage" },
        { Tensor("K\0", "K\x02\u0085", Strides), "1 sizes and 2 strides" },
        { Tensor("K\0", $"({string.Concat(Enumerable.Repeat("K\x01", 17))}t", $"({string.Concat(Enumerable.Repeat("K\x01", 17))}t"), "17 sizes" },
        { Tensor("K\0", "\u008a\x05\0\0\0\0\x01\u0085", "K\0\u0085"), "again and again" },
        { Tensor("K\0", "N", Strides), "was expected at 2" },
        { Tensor("K\0", "U\x01" + "a\u0085", "K\x01\u0085"), "'a' where a size" },
        { Tensor("K\0", Two, Strides, "K\x01"), "TorchStorage was expected" },
        { Tensor("K\0", Two, Strides, Storage.Replace("FloatStorage", "CudaStorage", StringComparison.Ordinal)), "'torch.CudaStorage'" },
        { $"({Good}{Good.Replace("Float", "Int", StringComparison.Ordinal)}t", "two types or sizes" },
        { Tensor("K\0", Two, Strides, Storage.Replace("NtQ", "(K\x01K\x01K\x01ttQ", StringComparison.Ordinal)), "view of another" },
        { Tensor("K\0", Two, Strides, Storage.Replace("K\x04N", "J\u00ff\u00ff\u00ff\u00ffN", StringComparison.Ordinal)), "-1 elements" },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_tensor_that_lies_is_refused_with_the_reason(string value, string reason) => AssertRefused(reason, Legacy(value, Key, StorageOf(4, 16)));

    [Fact]
    public void The_file_that_the_lies_were_made_from_is_read() => Read(Legacy(Good, Key, StorageOf(4, 16)));

    [Fact]
    public void Many_views_of_one_storage_are_refused()
    {
        const int bytes = 1 << 20;
        string storage = Storage.Replace("K\x04", $"J\0\0\x04\0", StringComparison.Ordinal);
        string view = Tensor("K\0", "J\0\0\x04\0\u0085", "K\x01\u0085", storage);
        Read(Legacy($"({string.Concat(Enumerable.Repeat(view, 15))}t", Key, StorageOf(bytes / 4, bytes)));
        AssertRefused("together more than 16 times", Legacy($"({string.Concat(Enumerable.Repeat(view, 20))}t", Key, StorageOf(bytes / 4, bytes)));
    }

    [Theory]
    [InlineData(Key, 4, 15, "inside the storage '9'")]
    [InlineData(Key, 4, 17, "goes on for 1 bytes")]
    [InlineData(Key, 5, 16, "5 elements, expected 4")]
    [InlineData(Key, -1, 16, "-1 elements, expected 4")]
    [InlineData(Key, long.MaxValue, 16, "expected 4")]
    [InlineData("]", 4, 16, "lacks 1 of its 1 storages")]
    [InlineData("](U\x01" + "9U\x01" + "8e", 4, 16, "'8', which no tensor uses")]
    [InlineData("](NNe", 4, 16, "as a key")]
    [InlineData("N", 4, 16, "lacks the list")]
    public void Storages_that_lie_are_refused_with_the_reason(string keys, long count, int bytes, string reason) =>
        AssertRefused(reason, Legacy(Good, keys, StorageOf(count, bytes)));

    [Fact]
    public void A_storage_listed_twice_is_refused() =>
        AssertRefused("twice", Legacy(Good, "](U\x01" + "9U\x01" + "9e", [.. StorageOf(4, 16), .. StorageOf(4, 16)]));

    [Fact]
    public void Another_byte_order_is_refused()
    {
        AssertRefused("byte order", Legacy(Good, Key, StorageOf(4, 16), "}U\rlittle_endian\u0089s"));
        AssertRefused("byte order", Zip(("a/data.pkl", Pickle), ("a/byteorder", "big"u8.ToArray()), ("a/data/9", new byte[16])));
    }

    private static byte[] Pickle => Bytes($"\u0080\x02{Good}.");

    [Fact]
    public void The_archive_that_the_lies_are_made_from_is_read() => Read(Zip(("a/data.pkl", Pickle), ("a/data/9", new byte[16]), ("a/version", "3\n"u8.ToArray())));

    [Fact]
    public void Archives_that_lie_are_refused_with_the_reason()
    {
        (string, byte[]) data = ("a/data/9", new byte[16]), pickle = ("a/data.pkl", Pickle);
        AssertRefused("two files named 'a/data/9'", Zip(pickle, data, data));
        AssertRefused("two files named 'a/data.pkl'", Zip(pickle, pickle, data));
        AssertRefused("outside of its folder 'a/'", Zip(pickle, data, ("b/version", [])));
        AssertRefused("outside of its folder 'a/'", Zip(pickle, data, ("a/../../x", [])));
        AssertRefused("outside of its folder 'a/'", Zip(pickle, data, ("/etc/passwd", [])));
        AssertRefused("2 files FOLDER/data.pkl", Zip(pickle, data, ("b/data.pkl", Pickle)));
        AssertRefused("0 files FOLDER/data.pkl", Zip(("x.txt", [])));
        AssertRefused("lacks the storage '9'", Zip(pickle));
        AssertRefused("with 15 bytes, expected 16", Zip(pickle, ("a/data/9", new byte[15])));
        AssertRefused("lacks the storage '9'", Zip(pickle, ("a/data/9/", [])));
        AssertRefused("compressed", Zip(CompressionLevel.SmallestSize, pickle, ("a/data/9", new byte[1 << 20])));
    }

    [Fact]
    public void Names_reach_no_terminal_raw_nor_at_length()
    {
        (string, byte[]) data = ($"a/\x1b[31m{new string('n', 60_000)}", new byte[16]), pickle = ("a/data.pkl", Pickle);
        string message = Assert.IsType<WeightFileException>(Record.Exception(() => HostileFile.Read(Zip(pickle, data, data)))).Message;
        Assert.Contains("two files named 'a/\uFFFD[31mn", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 0, 2500);
    }

    [Fact]
    public void Files_that_lie_in_one_another_are_refused()
    {
        byte[] archive = Zip(("a/data.pkl", Pickle), ("a/data/8", new byte[1000]), ("a/data/9", new byte[16]));
        int directory = archive.AsSpan().IndexOf("PK\x01\x02"u8), second = directory + archive.AsSpan(directory + 4).IndexOf("PK\x01\x02"u8) + 4;
        BitConverter.GetBytes(1045).CopyTo(archive, second + 20); // both sizes of data/8
        BitConverter.GetBytes(1045).CopyTo(archive, second + 24);
        AssertRefused("inside another file", archive);
    }

    [Fact]
    public void An_archive_cut_anywhere_is_refused()
    {
        byte[] file = File.ReadAllBytes(PyTorchFileTests.PathOf("types", WeightFormat.PyTorchZip));
        for (int length = 0; length < file.Length; length += 7) Assert.IsType<WeightFileException>(Record.Exception(() => Read(file[..length])));
        file = File.ReadAllBytes(PyTorchFileTests.PathOf("types", WeightFormat.PyTorchLegacy));
        for (int length = 0; length < file.Length; length += 7) Assert.IsType<WeightFileException>(Record.Exception(() => Read(file[..length])));
    }

    public static TheoryData<string> Stored() =>
        [.. Directory.GetFiles(Golden.PathOf("pth"), "*.pth").Concat(Directory.GetFiles(Golden.PathOf("pth"), "labels*.npy")).Select(static path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Stored))]
    public void A_thousand_mutations_give_a_result_or_a_typed_error(string name)
    {
        byte[] good = File.ReadAllBytes(Golden.PathOf($"pth/{name}"));
        using var folder = new TemporaryFolder();
        var random = new Random(11);
        long before = Handles.Live();
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            byte[] file = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--)
                file[random.Next(file.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => good[random.Next(good.Length)], _ => "\0\x01\u00ff\x7f().0hqQRbtu"u8[random.Next(14)] };
            File.WriteAllBytes(folder.File("x"), file);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Exception? error = Record.Exception(() =>
            {
                if (name.EndsWith(".npy", StringComparison.Ordinal)) NumpyFile.ReadDictionary(folder.File("x"));
                else WeightFile.Read(folder.File("x")).Dispose();
            });
            Assert.True(error is null or WeightFileException, $"Mutation {i}: {error}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 48 << 20);
            if (error is not null) refused++;
        }
        Assert.Equal(before, Tensor.LiveHandles);
        Assert.InRange(refused, 100, 1000);
    }
}
