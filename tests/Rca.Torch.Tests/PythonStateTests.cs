using System.Diagnostics;

namespace Rca.Torch.Tests;

/// <summary>Python's torch takes our weights and computes the same with them.</summary>
public class PythonStateTests
{
    private const string Python = "/usr/bin/python3";
    private const int TorchIsAbsent = 77;

    private const string Script = """
        import json, struct, sys
        sys.path.insert(0, sys.argv[1])
        try:
            import torch
        except ImportError:
            sys.exit(77)
        from make_golden import Net, write
        with open(sys.argv[2], "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
            data = bytearray(file.read())
        note = header.pop("__metadata__")
        tensors = {name: torch.frombuffer(data, dtype=torch.float32, count=(e["data_offsets"][1] - e["data_offsets"][0]) // 4, offset=e["data_offsets"][0])
                   .reshape(e["shape"]) for name, e in header.items()}
        x = tensors.pop("x")
        net = Net()
        net.load_state_dict(tensors)
        write(sys.argv[3], {"y": net.eval()(x)}, note)
        """;

    [Fact]
    public void A_state_written_here_loads_in_Pythons_torch()
    {
        Assert.SkipUnless(File.Exists(Python), $"{Python} is absent.");
        using var scope = new TensorScope();
        using var net = new TinyNet();
        net.To(Device.Cpu, channelsLast: true);
        Tensor x = Tensor.Zeros([2, 3, 8, 6]);
        x.Normal_(0, 1);
        net.Forward(x);
        net.Train(false);
        using var folder = new TemporaryFolder();
        Safetensors.Write(folder.File("state"), net.State().Append(("x", x)), new Dictionary<string, string> { ["note"] = "ünï" });
        var (code, errors) = Run("-c", Script, Golden.PathOf(""), folder.File("state"), folder.File("result"));
        Assert.SkipWhen(code == TorchIsAbsent, $"{Python} has no torch.");
        Assert.True(code == 0, errors);
        WeightFile result = Safetensors.Read(folder.File("result"));
        Assert.Equal("ünï", result.Metadata["note"]);
        Golden.AssertClose(result.Tensors["y"], net.Forward(x).Detach(), 1e-5, "y");
    }

    [Theory]
    [InlineData("types.zip"), InlineData("types.legacy"), InlineData("views.zip"), InlineData("checkpoint.zip"), InlineData("checkpoint.legacy")]
    public void A_PyTorch_file_written_as_safetensors_loads_in_Pythons_torch_as_the_same(string name)
    {
        Assert.SkipUnless(File.Exists(Python), $"{Python} is absent.");
        using var folder = new TemporaryFolder();
        using WeightFile file = WeightFile.Read(Golden.PathOf($"pth/{name}.pth"));
        Safetensors.Write(folder.File("state"), file.Tensors.Select(static item => (item.Key, item.Value)), file.Metadata);
        var (code, errors) = Run("-B", Golden.PathOf("check_safetensors.py"), Golden.PathOf($"pth/{name}.pth"), folder.File("state"));
        Assert.SkipWhen(code == TorchIsAbsent, $"{Python} has no torch.");
        Assert.True(code == 0, errors);
    }

    private static (int ExitCode, string Errors) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
