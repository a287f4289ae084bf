using System.Text;
using Rca.Data.Voc;

namespace Rca.Tests.Data.Voc;

public class ClassLabelFileTests
{
    [Theory]
    [InlineData("labels", "2007_000039")]
    [InlineData("labels_numpy2", "2007_000039")]
    [InlineData("labels_numbers", "000000000009")]
    public void Class_numbers_of_each_picture_are_read(string file, string second)
    {
        var labels = ClassLabelFile.Read(Values.GoldenPath($"{file}.npy"));
        Assert.Equal(["2007_000032", second], labels.Keys);
        Assert.Equal([0, 3], labels["2007_000032"].Order());
        Assert.Equal([1], labels[second].Order());
    }

    [Theory]
    [InlineData("2007_000039", "2007_000039.jpg", "2007_000039")]
    [InlineData("2007_000039", "COCO_train2014_000000000009.jpg", "COCO_train2014_000000000009")]
    public void Extensions_of_pictures_are_no_part_of_the_name(string old, string key, string name)
    {
        string path = Changed(old, key, out TemporaryFolder folder);
        using (folder) Assert.Contains(name, ClassLabelFile.Read(path).Keys);
    }

    [Theory]
    [InlineData("2007_000039", "2007000032", "two pictures named '2007_000032'")]
    [InlineData("numpy.core.multiarray\n_reconstruct", "posix\nsystem", "'posix.system'")]
    [InlineData("numpy.core.multiarray\n_reconstruct", "builtins\neval", "Expected a dictionary")]
    public void What_is_no_label_file_is_refused_with_the_reason(string old, string changed, string reason)
    {
        string path = Changed(old, changed, out TemporaryFolder folder);
        using (folder) Assert.Contains(reason, Assert.Throws<RcaException>(() => ClassLabelFile.Read(path)).Message);
    }

    [Fact]
    public void Values_other_than_0_and_1_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] file = File.ReadAllBytes(Values.GoldenPath("labels.npy"));
        file[file.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x80, 0x3f]) + 1] = 0x40; // 1 → 4
        string path = Path.Combine(folder.Path, "x.npy");
        File.WriteAllBytes(path, file);
        Assert.Contains("'2007_000039' has the value 4, expected 0 or 1", Assert.Throws<RcaException>(() => ClassLabelFile.Read(path)).Message);
    }

    [Theory]
    [InlineData(65_536, 1, "65536 classes for 1 pictures")]
    [InlineData(50_000, 2001, "50000 classes for 2001 pictures")]
    public void More_numbers_than_any_data_set_has_are_refused(int classes, int pictures, string reason)
    {
        // One vector that every picture shares.
        string text = Encoding.Latin1.GetString([.. BitConverter.GetBytes(classes)]), header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
        string TypeOf(string code) => $"cnumpy\ndtype\nU\x02{code}\u0085R";
        string vector = $"cnumpy.core.multiarray\n_reconstruct\n)R(K\x01J{text}\u0085{TypeOf("u1")}\u0089B{text}{new string('\0', classes)}tbq\0";
        string names = string.Concat(Enumerable.Range(0, pictures).Select(i => $"U\u0005{i:00000}{(i == 0 ? vector : "h\0")}"));
        string pickle = $"\u0080\u0002cnumpy.core.multiarray\n_reconstruct\n)R(K\x01){TypeOf("O8")}(K\u0003U\u0001|tb\u0089]}}({names}uatb.";
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "x.npy");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.Latin1.GetBytes(header + pickle)]);
        long allocated = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(reason, Assert.Throws<RcaException>(() => ClassLabelFile.Read(path)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 16 << 20);
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.StartsWith("/absent.npy", Assert.Throws<RcaException>(() => ClassLabelFile.Read("/absent.npy")).Message);

    /// <summary>labels.npy with one text for another; the length of a pickled text follows.</summary>
    private static string Changed(string old, string changed, out TemporaryFolder folder)
    {
        folder = new TemporaryFolder();
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(Values.GoldenPath("labels.npy")));
        string AsText(string value) => $"X{(char)value.Length}\0\0\0{value}";
        text = text.Contains(AsText(old), StringComparison.Ordinal)
            ? text.Replace(AsText(old), AsText(changed), StringComparison.Ordinal) : text.Replace(old, changed, StringComparison.Ordinal);
        string path = Path.Combine(folder.Path, "x.npy");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text));
        return path;
    }
}
