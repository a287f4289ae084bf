namespace Rca.Torch.Tests;

/// <summary>Files of Python's torch, written by golden/make_pth.py.</summary>
public class PyTorchFileTests
{
    public static TheoryData<string, WeightFormat> Files() => new()
    {
        { "types", WeightFormat.PyTorchZip }, { "types", WeightFormat.PyTorchLegacy },
        { "views", WeightFormat.PyTorchZip }, { "views", WeightFormat.PyTorchLegacy },
        { "checkpoint", WeightFormat.PyTorchZip }, { "checkpoint", WeightFormat.PyTorchLegacy },
        { "python2", WeightFormat.PyTorchLegacy },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_tensor_is_read_as_Python_wrote_it(string name, WeightFormat format)
    {
        using var scope = new TensorScope();
        var expected = Safetensors.Read(Golden.PathOf("pth/expected.safetensors")).Below($"{name}/");
        using WeightReader reader = WeightReader.Open(PathOf(name, format));
        using WeightFile file = reader.ReadAll();
        Assert.Equal(format, reader.Format);
        Assert.Equal(expected.Keys.Order(), file.Tensors.Keys.Order());
        foreach (var (key, value) in expected) Golden.AssertClose(value, file.Tensors[key], 0, key);
        Assert.All(reader.Tensors, stored => Assert.Equal(expected[stored.Name].Shape, stored.Shape));
    }

    [Theory]
    [InlineData(WeightFormat.PyTorchZip)]
    [InlineData(WeightFormat.PyTorchLegacy)]
    public void What_is_no_tensor_becomes_text(WeightFormat format)
    {
        using WeightReader reader = WeightReader.Open(PathOf("checkpoint", format));
        Assert.Equal("12", reader.Metadata["epoch"]);
        Assert.Equal("0.75", reader.Metadata["best"]);
        Assert.Equal("tiny", reader.Metadata["arch"]);
        Assert.Equal("None", reader.Metadata["nothing"]);
        Assert.Equal("[3, 4]", reader.Metadata["size"]);
        Assert.Equal("0.1", reader.Metadata["optimizer.param_groups.0.lr"]);
        Assert.Equal("[0, 1, 2, 3]", reader.Metadata["optimizer.param_groups.0.params"]);
    }

    [Fact]
    public void One_call_opens_every_kind_of_file()
    {
        using var scope = new TensorScope();
        using WeightFile pth = WeightFile.Read(PathOf("checkpoint", WeightFormat.PyTorchZip));
        using WeightFile safetensors = WeightFile.Read(Golden.PathOf("pth/expected.safetensors"));
        var own = pth.Below("state_dict.module.");
        Assert.Contains("0.weight", own.Keys);
        foreach (var (key, value) in own) Golden.AssertClose(safetensors.Tensors[$"checkpoint/state_dict.module.{key}"], value, 0, key);
    }

    [Fact]
    public void A_tensor_is_read_alone()
    {
        using var scope = new TensorScope();
        using WeightReader reader = WeightReader.Open(PathOf("views", WeightFormat.PyTorchLegacy));
        using Tensor row = reader.Read(reader.Tensors.Single(static tensor => tensor.Name == "row"));
        Assert.Equal([20, 21, 22, 23], row.ToArray<float>());
    }

    [Fact]
    public void Nothing_native_is_left_after_reading()
    {
        long before = Handles.Live();
        WeightFile.Read(PathOf("views", WeightFormat.PyTorchZip)).Dispose();
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void A_safetensors_file_is_read_as_such_alone_where_a_checkpoint_is_expected() =>
        Assert.Throws<WeightFileException>(() => Safetensors.Read(PathOf("types", WeightFormat.PyTorchZip)));

    internal static string PathOf(string name, WeightFormat format) => Golden.PathOf($"pth/{name}.{(format == WeightFormat.PyTorchZip ? "zip" : "legacy")}.pth");
}
