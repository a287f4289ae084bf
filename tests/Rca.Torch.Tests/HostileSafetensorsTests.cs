using System.Buffers.Binary;
using System.Text;

namespace Rca.Torch.Tests;

/// <summary>Files from outside: a typed error or a valid result, nothing else, and no memory beyond the size of the file.</summary>
public class HostileSafetensorsTests
{
    private const string One = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "needs 12")]
    [InlineData("""{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}""", "unknown type 'F33'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,8]}}""", "17 dimensions")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "two rising numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "two rising numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,16]}}""", "two rising numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "without overlaps or gaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "describes 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", "describes 16")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2000000000000000000],"data_offsets":[0,8000000000000000000]}}""", "describes 8000000000000000000")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "without overlaps or gaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' twice")]
    [InlineData("""{"a":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}}""", "other than 0 and 1")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "'k' twice")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not as text")]
    [InlineData("""{"__metadata__":[],"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "not valid")]
    [InlineData("""{"a":{"dtype":5,"shape":[2],"data_offsets":[0,8]}}""", "not valid")]
    [InlineData("""{"a":{"dtype":null,"shape":[2],"data_offsets":[0,8]}}""", "unknown type")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}""", "not valid")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "not valid")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid")]
    [InlineData("""{"a":7}""", "not valid")]
    [InlineData("[]", "not valid")]
    [InlineData("", "not valid")]
    [InlineData("{", "not valid")]
    public void A_header_that_lies_is_refused_with_the_reason(string header, string reason)
    {
        var error = Assert.IsType<WeightFileException>(Record.Exception(() => Read(FileOf(header, [2, 3, 4, 5, 6, 7, 8, 9])).Dispose()));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 63)]
    [InlineData(1ul << 40)]
    [InlineData(63ul)]
    public void A_header_longer_than_its_file_is_refused(ulong length)
    {
        byte[] file = FileOf(One, new byte[8]);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.Contains($"{length} bytes", Assert.Throws<WeightFileException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Throws<WeightFileException>(() => Read(FileOf(string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), [])));

    [Fact]
    public void Tensors_may_stand_in_the_header_in_any_order()
    {
        using WeightFile read = Read(FileOf("""{"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", [1, 2, 3, 4, 5, 6, 7, 8]));
        Assert.Equal([1, 2, 3, 4], read.Tensors["a"].ToArray<byte>());
        Assert.Equal([5, 6, 7, 8], read.Tensors["b"].ToArray<byte>());
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] file = File.ReadAllBytes(Golden.PathOf("training.safetensors"));
        using var folder = new TemporaryFolder();
        long before = Handles.Live();
        for (int length = 0; length < file.Length; length += length < 64 ? 1 : 257)
            Assert.IsType<WeightFileException>(Record.Exception(() => Read(file[..length]).Dispose()));
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void Random_damage_gives_a_valid_result_or_a_typed_error()
    {
        byte[] good = File.ReadAllBytes(Golden.PathOf("operators.safetensors"));
        int headerEnd = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(good);
        var random = new Random(11);
        long before = Handles.Live();
        int refused = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] file = [.. good];
            for (int k = random.Next(1, 4); k > 0; k--)
                file[random.Next(headerEnd)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789{}[]\",:-e."[random.Next(20)]);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            Exception? error = Record.Exception(() => Read(file).Dispose());
            Assert.True(error is null or WeightFileException, $"Damage {i}: {error}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 4 << 20);
            if (error is not null) refused++;
        }
        Assert.Equal(before, Tensor.LiveHandles);
        Assert.InRange(refused, 200, 400);
    }

    private static byte[] FileOf(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }

    private static WeightFile Read(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x"), bytes);
        return Safetensors.Read(folder.File("x"));
    }
}
