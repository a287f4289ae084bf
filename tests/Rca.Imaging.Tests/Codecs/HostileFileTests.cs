using System.Buffers.Binary;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Imaging.Tests.Codecs;

/// <summary>A damaged file is a <see cref="PictureException"/> or a whole picture; nothing else, and nothing big is allocated on its word.</summary>
public sealed class HostileFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static IEnumerable<TheoryDataRow<string>> Pictures => Golden.Names("pictures.json");

    public static IEnumerable<TheoryDataRow<string>> LabelMaps => Golden.Names("labels.json");

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_picture_cut_anywhere_is_an_error(string name)
    {
        byte[] file = Golden.Case("pictures.json", name).Bytes("file");
        foreach (int length in Cuts(file.Length))
        {
            var error = Assert.Throws<PictureException>(() => PictureFile.ReadRgb(folder.File("cut", file[..length])));
            Assert.Contains(folder.File("cut"), error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(LabelMaps))]
    public void A_label_map_cut_anywhere_is_an_error(string name)
    {
        byte[] file = Golden.Case("labels.json", name).Bytes("file");
        foreach (int length in Cuts(file.Length))
            Assert.Throws<PictureException>(() => LabelFile.Read(folder.File("cut", file[..length])));
    }

    [Theory]
    [MemberData(nameof(Pictures))]
    public void A_mutated_picture_is_an_error_or_whole(string name)
    {
        byte[] file = Golden.Case("pictures.json", name).Bytes("file");
        var small = new PictureLimits { MaxPixels = 1_000_000 };
        foreach (string path in Mutations(file, "picture"))
            try
            {
                Picture picture = PictureFile.ReadRgba(path, small);
                (int width, int height) = PictureFile.ReadSize(path);
                Assert.Equal((width, height), (picture.Width, picture.Height));
            }
            catch (PictureException)
            {
            }
    }

    [Theory]
    [MemberData(nameof(LabelMaps))]
    public void A_mutated_label_map_is_an_error_or_whole(string name)
    {
        byte[] file = Golden.Case("labels.json", name).Bytes("file");
        foreach (string path in Mutations(file, "labels"))
            try
            {
                LabelMap map = LabelFile.Read(path);
                Assert.Equal(LabelFile.ReadSize(path), (map.Width, map.Height));
            }
            catch (PictureException)
            {
            }
    }

    [Theory]
    [InlineData("png-rgb", 0x7FFFFFFF, 0x7FFFFFFF)]
    [InlineData("png-rgb-interlaced", 0xFFFFFFFF, 0xFFFFFFFF)]
    [InlineData("png-gray16", 0, 5)]
    [InlineData("png-gray1", 2_000_000, 2_000_000)]
    public void A_png_header_that_claims_too_much_allocates_nothing(string name, uint width, uint height)
    {
        byte[] file = Golden.Case("pictures.json", name).Bytes("file");
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Checksum.Crc32(file.AsSpan(12, 17)));
        AssertRefusedCheaply(folder.File("big.png", file), labels: true);
    }

    [Theory]
    [InlineData("jpeg-rgb")]
    [InlineData("jpeg-progressive")]
    [InlineData("jpeg-cmyk")]
    public void A_jpeg_header_that_claims_too_much_allocates_nothing(string name)
    {
        byte[] file = Golden.Case("pictures.json", name).Bytes("file");
        int frame = FindFrame(file);
        file.AsSpan(frame + 5, 4).Fill(0xFF);
        AssertRefusedCheaply(folder.File("big.jpg", file), labels: false);
    }

    [Fact]
    public void A_huge_png_within_the_limit_but_without_data_allocates_nothing()
    {
        byte[] file = Golden.Case("pictures.json", "png-gray1").Bytes("file");
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(16), 4000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(20), 3000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Checksum.Crc32(file.AsSpan(12, 17)));
        AssertRefusedCheaply(folder.File("hollow.png", file), labels: true);
    }

    private static void AssertRefusedCheaply(string path, bool labels)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PictureException>(() => PictureFile.ReadRgb(path));
        if (labels)
            Assert.Throws<PictureException>(() => LabelFile.Read(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>A PNG without the last 4 bytes still states its end and lacks nothing but that statement's checksum.</summary>
    private static IEnumerable<int> Cuts(int length) =>
        Enumerable.Range(0, 20).Select(i => i * (length - 5) / 20).Concat([length - 12, length - 5]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_jpeg_without_its_whole_end_marker_is_an_error(int missing)
    {
        byte[] file = Golden.Case("pictures.json", "jpeg-rgb").Bytes("file");
        Assert.Throws<PictureException>(() => PictureFile.ReadRgb(folder.File("cut.jpg", file[..^missing])));
    }

    /// <summary>100 files with some bytes changed, removed or repeated; half of those that are PNG get checksums that fit again.</summary>
    private IEnumerable<string> Mutations(byte[] file, string name)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var bytes = new List<byte>(file);
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(2, bytes.Count), length = random.Next(1, Math.Min(9, bytes.Count - at + 1));
                switch (random.Next(4))
                {
                    case 0: bytes.RemoveRange(at, length); break;
                    case 1: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                    case 2: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                    default: bytes[at] = (byte)random.Next(256); break;
                }
            }
            byte[] mutated = [.. bytes];
            if (seed % 2 == 0)
                MendChecksums(mutated);
            yield return folder.File(name, mutated);
        }
    }

    private static void MendChecksums(byte[] file)
    {
        if (file[0] != 0x89)
            return;
        for (int at = 8; at + 12 <= file.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - 12)
                return;
            Span<byte> checksum = file.AsSpan(at + 8 + (int)length, 4);
            BinaryPrimitives.WriteUInt32BigEndian(checksum, Checksum.Crc32(file.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }
    }

    private static int FindFrame(byte[] file)
    {
        int at = 2;
        while (file[at + 1] is not (0xC0 or 0xC1 or 0xC2))
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at + 2));
        return at;
    }
}
