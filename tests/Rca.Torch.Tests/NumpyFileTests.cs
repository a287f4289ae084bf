using System.Text;

namespace Rca.Torch.Tests;

/// <summary>Files of NumPy, written by golden/make_pth.py.</summary>
public class NumpyFileTests
{
    [Theory]
    [InlineData("bool", true), InlineData("i1", true), InlineData("u1", true), InlineData("i2", true), InlineData("big_i2", true), InlineData("u2", true)]
    [InlineData("i4", true), InlineData("u4", true), InlineData("i8", true), InlineData("big_i8", true), InlineData("u8", true)]
    [InlineData("f2", false), InlineData("f4", false), InlineData("big_f4", false), InlineData("f8", false), InlineData("v2", false), InlineData("v3", false)]
    public void Every_type_and_version_is_read(string name, bool whole)
    {
        NumpyArray array = NumpyFile.Read(PathOf($"array_{name}"));
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal(whole, array.IsWhole);
        Assert.Equal(name == "bool" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5], array.ToDoubles());
    }

    [Fact]
    public void Column_major_arrays_scalars_and_empty_ones_are_read()
    {
        Assert.Equal(Enumerable.Range(0, 24).Select(static i => (double)i), NumpyFile.Read(PathOf("array_fortran")).ToDoubles());
        Assert.Equal([2.5], NumpyFile.Read(PathOf("array_scalar")).ToDoubles());
        Assert.Equal([0, 3], NumpyFile.Read(PathOf("array_empty")).Shape);
    }

    [Theory]
    [InlineData("labels", "2007_000032", "2007_000039")]
    [InlineData("labels_numpy2", "2007_000032", "2007_000039")]
    [InlineData("labels_numbers", "2007000032", "9")]
    public void A_saved_dictionary_is_read(string name, string first, string second)
    {
        var labels = NumpyFile.ReadDictionary(PathOf(name));
        Assert.Equal([first, second], labels.Keys);
        Assert.Equal([1, 0, 0, 1], labels[first].ToDoubles());
        Assert.Equal([0, 1, 0, 0], labels[second].ToDoubles());
    }

    [Fact]
    public void The_wrong_kind_of_file_is_named()
    {
        Assert.Contains("Python objects", Assert.Throws<WeightFileException>(() => NumpyFile.Read(PathOf("labels"))).Message, StringComparison.Ordinal);
        Assert.Contains("saved dictionary", Assert.Throws<WeightFileException>(() => NumpyFile.ReadDictionary(PathOf("array_f4"))).Message, StringComparison.Ordinal);
        Assert.Contains("not a NumPy file", Assert.Throws<WeightFileException>(() => NumpyFile.Read(Golden.PathOf("make_pth.py"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "does not fit")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 4), }", "does not fit")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "does not fit")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "header")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "type '<c8'")]
    [InlineData("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", "type '<U2'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "header")]
    [InlineData("__import__('os').system('id')", "header")]
    [InlineData("", "header")]
    public void A_header_that_lies_is_refused_with_the_reason(string header, string reason)
    {
        using var folder = new TemporaryFolder();
        byte[] text = Encoding.ASCII.GetBytes(header);
        File.WriteAllBytes(folder.File("x"), [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. new byte[8]]);
        Assert.Contains(reason, Assert.Throws<WeightFileException>(() => NumpyFile.Read(folder.File("x"))).Message, StringComparison.Ordinal);
    }

    internal static string PathOf(string name) => Golden.PathOf($"pth/{name}.npy");
}
