using static Rca.Torch.Tests.HostileFile;

namespace Rca.Torch.Tests;

/// <summary>Pickles that try to run something, or to take memory and time: refused by name, with nothing done.</summary>
public class HostilePickleTests
{
    [Theory]
    [InlineData("cos\nsystem\n(U\x02idtR", "'os.system'")]
    [InlineData("cposix\nsystem\n(U\x02idtR", "'posix.system'")]
    [InlineData("cbuiltins\neval\n(U\x03" + "1+1tR", "'builtins.eval'")]
    [InlineData("c__builtin__\nexec\n", "'__builtin__.exec'")]
    [InlineData("csubprocess\nPopen\n", "'subprocess.Popen'")]
    [InlineData("\u008c\x02os\u008c\x06system\u0093", "'os.system'")]
    [InlineData("ctorch\nload\n", "'torch.load'")]
    [InlineData("ctorch.nn.modules.conv\nConv2d\n", "save a state_dict")]
    [InlineData("c_codecs\ndecode\n", "'_codecs.decode'")]
    [InlineData("c\x1b[31m\nx\n", "'\uFFFD[31m.x'")]
    [InlineData("(ios\nsystem\n", "INST")]
    [InlineData("(cos\nsystem\no", "'os.system'")]
    [InlineData("(o", "OBJ")]
    [InlineData(")\u0081", "NEWOBJ")]
    [InlineData("\u0082\x01", "EXT1")]
    [InlineData("Pos.system\n", "PERSID")]
    [InlineData("\u00ff", "unknown")]
    [InlineData("K\x01)R", "calls the Int64 '1'")]
    [InlineData("ctorch\nSize\nNR", "calls the function torch.Size with None")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R", "calls a function with a tuple of 0")]
    [InlineData("ctorch._utils\n_rebuild_parameter\n}\u0085R", "calls a function with a tuple of 1")]
    [InlineData("ccollections\nOrderedDict\n]K\x01" + "a\u0085R", "pairs were expected")]
    [InlineData("cnumpy\nndarray\n)R", "unusual way")]
    [InlineData("]}b", "sets the state of a list")]
    [InlineData("}Nb", "not its attributes")]
    [InlineData("Q", "takes values that are not there")]
    [InlineData("NQ", "refers to None outside")]
    [InlineData("(U\x06moduletQ", "only storages are known")]
    [InlineData("}(NNu", "as a key")]
    [InlineData("}(U\x01" + "au", "sets items")]
    [InlineData("NK\x01" + "a", "appends to None")]
    [InlineData("N(a", "not there")]
    [InlineData("NN", "in the middle of a value")]
    [InlineData("(", "in the middle of a value")]
    [InlineData("t", "not there")]
    [InlineData("h\x05", "before it is there")]
    [InlineData("\u0080\x09", "protocol 9")]
    [InlineData("X\x02\0\0\0\u00ff\u00ff", "not UTF-8")]
    [InlineData("X\u00ff\u00ff\u00ff\x7f", "announces 2147483647 bytes")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "announces -1 bytes")]
    [InlineData("B\u00ff\u00ff\u00ff\u00ff", "announces 4294967295 bytes")]
    [InlineData("\u008a\x20" + "0123456789012345678901234567890123", "a number of 32 bytes")]
    [InlineData("N0", "POP")]
    public void A_pickle_that_is_not_data_is_refused_by_name(string value, string reason) => AssertRefused(reason, Legacy(value));

    [Fact]
    public void The_name_of_a_global_ends() => AssertRefused("does not end", Legacy($"c{new string('a', 10_000)}\n"));

    [Theory]
    [InlineData(65)]
    [InlineData(300_000)]
    public void Deep_nesting_is_refused(int depth) => AssertRefused("deep", Legacy(new string(']', depth + 1) + new string('a', depth)));

    [Theory]
    [InlineData("]q\0h\0a")]
    [InlineData("}q\0U\x01" + "ah\0s")]
    [InlineData("ccollections\nOrderedDict\n)Rq\0U\x01" + "ah\0s")]
    public void A_value_that_contains_itself_is_refused(string value) => AssertRefused("contains itself", Legacy(value));

    [Fact]
    public void A_memo_bomb_is_refused_in_bounded_memory()
    {
        // Thirty lists, each of which holds the one before it twice: 2³⁰ values in a few hundred bytes.
        string value = "(]q\0}a" + string.Concat(Enumerable.Range(1, 30).Select(static i => $"](h{(char)(i - 1)}h{(char)(i - 1)}eq{(char)i}")) + "t";
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("more than 1000000 values", Legacy(value));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 512 << 20);
    }

    [Fact]
    public void Memo_numbers_take_no_memory_of_their_own() => Read(Legacy("}r\u00ff\u00ff\u00ff\u00ff"));

    [Fact]
    public void A_pickle_that_takes_too_much_memory_is_refused()
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        AssertRefused("512 MiB", Legacy(string.Concat(Enumerable.Repeat("}", 5_000_000))));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, -1L << 30, 64 << 20);
    }

    /// <summary>One value that is remembered, then calls with it: each adds few bytes to the file and copies the whole value.</summary>
    public static TheoryData<string, string> Copies() => new()
    {
        { $"]({string.Concat(Enumerable.Range(0, 1000).Select(static i => $"U\x03{i:000}K\x01\u0086"))}e", "ccollections\nOrderedDict\nh\0\u0085R" },
        { $"X\0\0\x10\0{new string('n', 1 << 20)}", "c_codecs\nencode\nh\0U\x06latin1\u0086R" },
        { $"X\0\0\x10\0{new string('n', 1 << 20)}", "ctorch\ndevice\nh\0K\x01\u0086R" },
        { $"X\0\0\x10\0{new string('n', 1 << 20)}", "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01J\0\0\x10\0\u0085cnumpy\ndtype\nU\x02i1\u0085R\u0089h\0tb" },
    };

    [Theory]
    [MemberData(nameof(Copies))]
    public void Copies_of_one_value_draw_on_the_budget(string value, string call)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused("512 MiB", Legacy($"]q\x01({value}q\0{string.Concat(Enumerable.Repeat(call, 10_000))}e"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 768 << 20);
    }

    [Fact]
    public void What_NumPy_does_not_write_is_refused()
    {
        string array = "cnumpy.core.multiarray\n_reconstruct\n)R(K\x01({0}tcnumpy\ndtype\nU\x02i1\u0085R\u0089U\x01ntb";
        Read(Legacy(array.Replace("{0}", string.Concat(Enumerable.Repeat("K\x01", 64)), StringComparison.Ordinal)));
        AssertRefused("65 dimensions", Legacy(array.Replace("{0}", string.Concat(Enumerable.Repeat("K\x01", 65)), StringComparison.Ordinal)));
        AssertRefused("at length", Legacy("cnumpy\ndtype\nU\u001112345678901234567\u0085R"));
        AssertRefused("names a device", Legacy("ctorch\ndevice\n(U\u0003cpuK\0K\0tR"));
    }

    [Fact]
    public void A_text_shown_again_and_again_is_refused()
    {
        string text = $"X\0\0\x10\0{new string('n', 1 << 20)}q\0";
        AssertRefused("million characters", Legacy($"]q\x01({text}{string.Concat(Enumerable.Repeat("h\0", 500_000))}e"));
        AssertRefused("4096 characters", Legacy($"}}{text}Ns"));
    }

    [Fact]
    public void Names_that_become_one_are_refused() =>
        AssertRefused("both named 'a.b'", Legacy("}(U\x03" + "a.bK\x01U\x01" + "a}U\x01" + "bK\x02su"));
}
