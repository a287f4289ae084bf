namespace Rca.Torch.Tests;

public class SafetensorsTests
{
    public static TheoryData<DType> Types() => [.. Enum.GetValues<DType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_is_read_as_Python_wrote_it(DType type)
    {
        using var scope = new TensorScope();
        var golden = Golden.Read("operators.safetensors");
        Tensor read = golden[$"type.{SafetensorsHeader.NameOf(type)}"];
        Assert.Equal(type, read.DType);
        Assert.Equal([2, 3], read.Shape);
        Assert.Equal(type == DType.Bool ? [0, 1, 0, 1, 0, 1] : [0, 1, 2, 3, 4, 5], read.To(DType.Float32).ToArray<float>());
    }

    [Fact]
    public void Empty_tensors_scalars_and_metadata_are_read_as_Python_wrote_them()
    {
        using var scope = new TensorScope();
        string path = Golden.PathOf("operators.safetensors");
        var golden = Golden.Read("operators.safetensors");
        Assert.Equal([0, 3], golden["empty"].Shape);
        Assert.Empty(golden["scalar"].Shape);
        Assert.Equal(2.5f, golden["scalar"].Item());
        Assert.Equal("make_golden.py", Safetensors.ReadMetadata(path)["writer"]);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        Tensor picture = Tensor.From([.. Enumerable.Range(0, 24).Select(static i => (float)i)], 1, 2, 3, 4);
        var tensors = Enum.GetValues<DType>().Select(static type => (type.ToString(), Tensor.Arange(5).To(type))).ToList();
        tensors.Add(("empty", Tensor.Zeros([3, 0, 2])));
        tensors.Add(("scalar", Tensor.Full([], -1)));
        tensors.Add(("transposed", picture.Transpose(1, 3)));
        tensors.Add(("channels last", picture.ChannelsLast()));
        tensors.Add(("narrowed", picture.Narrow(3, 1, 2)));
        tensors.Add(("expanded", Tensor.Full([1, 2], 3).Expand(4, 2)));
        tensors.Add(("learning \"ü\"", Tensor.Full([2], 1).WithGrad()));
        var metadata = new Dictionary<string, string> { ["a"] = "1", ["b"] = "line\n\"ü\"" };
        Safetensors.Write(folder.File("all"), tensors, metadata);

        WeightFile read = Safetensors.Read(folder.File("all"));
        Assert.Equal(metadata, read.Metadata);
        Assert.Equal(tensors.Select(static t => t.Item1).Order(), read.Tensors.Keys.Order());
        foreach (var (name, value) in tensors) Golden.AssertClose(value.Detach(), read.Tensors[name], 0, name);
        Assert.Equal([folder.File("all")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Names_below_a_prefix_lose_it()
    {
        using var scope = new TensorScope();
        using WeightFile file = Safetensors.Read(Golden.PathOf("operators.safetensors"));
        Assert.Equal(["bias", "weight"], file.Below("conv.").Keys.Where(static name => name is "bias" or "weight").Order());
        Assert.Empty(file.Below("absent."));
    }

    [Fact]
    public void A_file_of_nothing_is_a_file()
    {
        using var folder = new TemporaryFolder();
        Safetensors.Write(folder.File("none"), []);
        WeightFile read = Safetensors.Read(folder.File("none"));
        Assert.Empty(read.Tensors);
        Assert.Empty(read.Metadata);
    }

    [Fact]
    public void Elements_start_at_a_multiple_of_eight()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        for (int i = 1; i < 9; i++)
        {
            Safetensors.Write(folder.File("x"), [(new string('n', i), Tensor.Zeros([1]))]);
            Assert.Equal(0, BitConverter.ToInt64(File.ReadAllBytes(folder.File("x"))) % 8);
        }
    }

    [Fact]
    public void A_failing_write_keeps_the_old_file_and_leaves_no_partial_one()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("x");
        Safetensors.Write(path, [("old", Tensor.Full([1], 1))]);
        Tensor gone = Tensor.Zeros([1]);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Safetensors.Write(path, [("new", gone)]));
        Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [("new", Tensor.Zeros([1])), ("new", Tensor.Zeros([1]))]));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Equal(["old"], Safetensors.Read(path).Tensors.Keys);
    }

    [Fact]
    public void Places_that_cannot_be_written_or_read_are_typed_errors()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("folder"));
        foreach (string path in (string[])[folder.File("absent/x"), folder.File("folder")])
        {
            Assert.StartsWith(path, Assert.Throws<WeightFileException>(() => Safetensors.Write(path, [("a", Tensor.Zeros([1]))])).Message, StringComparison.Ordinal);
            Assert.StartsWith(path, Assert.Throws<WeightFileException>(() => Safetensors.Read(path)).Message, StringComparison.Ordinal);
            Assert.StartsWith(path, Assert.Throws<WeightFileException>(() => Safetensors.ReadMetadata(path)).Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_file_that_could_not_be_read_again_is_not_written()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        string path = folder.File("x");
        Assert.Contains("'__metadata__'", Assert.Throws<WeightFileException>(() => Safetensors.Write(path, [("__metadata__", Tensor.Zeros([1]))])).Message, StringComparison.Ordinal);
        var much = new Dictionary<string, string> { ["text"] = new string('n', 64 << 20) };
        Assert.Contains("at most", Assert.Throws<WeightFileException>(() => Safetensors.Write(path, [("a", Tensor.Zeros([1]))], much)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void What_is_no_file_is_a_typed_error()
    {
        using var scope = new TensorScope();
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        string path = $"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}";
        Assert.Contains("not a regular file", Assert.Throws<WeightFileException>(() => WeightReader.Open(path)).Message, StringComparison.Ordinal);
        Assert.Contains("not a regular file", Assert.Throws<WeightFileException>(() => NumpyFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains("not the name of a file", Assert.Throws<WeightFileException>(() => WeightReader.Open("")).Message, StringComparison.Ordinal);
        Assert.Contains("not the name of a file", Assert.Throws<WeightFileException>(() => Safetensors.Write("", [("a", Tensor.Zeros([1]))])).Message, StringComparison.Ordinal);
    }
}
