using Rca.Torch;

namespace Rca.Cli.Tests;

public sealed class WeightsCommandTests
{
    [Fact]
    public void List_names_every_file_with_its_digest()
    {
        var plain = Cli.Run("weights", "list");
        var json = Cli.Run("weights", "list", "--json").Json;

        Assert.Equal(ExitCode.Ok, plain.Code);
        Assert.Matches(@"resnet50 +resnet50-0676ba61\.pth +98 ", plain.Out);
        Assert.Equal(5, json.GetProperty("weights").GetArrayLength());
        Assert.All(json.GetProperty("weights").EnumerateArray(), static item => Assert.Equal(64, item.GetProperty("sha256").GetString()!.Length));
    }

    [Fact]
    public void Inspect_shows_tensors_and_what_else_a_file_holds()
    {
        using var folder = new TemporaryFolder();
        string path = Written(folder);

        var plain = Cli.Run("weights", "inspect", path);
        var json = Cli.Run("weights", "inspect", path, "--json").Json;

        Assert.Matches(@"net\.module\.a +float32 +2×3\n", plain.Out);
        Assert.Contains("epochs_done = 3", plain.Out);
        Assert.Contains("2 tensors, 7 elements, 32 bytes (safetensors).", plain.Out);
        Assert.Equal("safetensors", json.GetProperty("format").GetString());
        Assert.Equal(3, json.GetProperty("tensors")[0].GetProperty("shape")[1].GetInt64());
    }

    [Fact]
    public void Convert_takes_the_tensors_below_a_prefix()
    {
        using var folder = new TemporaryFolder();
        string path = Written(folder), target = folder.At("out.safetensors");

        var result = Cli.Run("weights", "convert", path, "--below", "net.module.", "--out", target);

        Assert.Equal(ExitCode.Ok, result.Code);
        Assert.Contains("1 of 2 tensors", result.Out);
        using WeightReader reader = WeightReader.Open(target);
        Assert.Equal("a", Assert.Single(reader.Tensors).Name);
        using Tensor a = reader.Read(reader.Tensors[0]);
        Assert.Equal([1, 2, 3, 4, 5, 6], a.ToArray<float>());
    }

    [Theory]
    [InlineData("no tensor whose name starts with 'module.'. Its names start with net, step.", "--below", "module.", "--out", "x.safetensors")]
    [InlineData("is the file to convert", "--out", "in.safetensors")]
    public void Convert_refuses_what_would_make_no_file_or_lose_one(string message, params string[] options)
    {
        using var folder = new TemporaryFolder();
        string path = Written(folder);
        byte[] before = File.ReadAllBytes(path);

        var result = Cli.Run(["weights", "convert", path, .. options.SkipLast(1), folder.At(options[^1])]);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains(message, result.Error);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Convert_refuses_a_link_to_its_target_and_a_file_without_tensors()
    {
        using var folder = new TemporaryFolder();
        string path = Written(folder), link = folder.At("link.pth"), empty = folder.At("empty.safetensors");
        File.CreateSymbolicLink(link, path);
        Safetensors.Write(empty, []);

        Assert.Contains("is the file to convert", Cli.Run("weights", "convert", link, "--out", path).Error);
        Assert.Contains("holds no tensors", Cli.Run("weights", "convert", empty, "--out", folder.At("out")).Error);
    }

    [Theory]
    [InlineData("not the name of a file", "inspect", "")]
    [InlineData("not the name of a file", "convert", "", "--out", "x")]
    [InlineData("--out is empty", "convert", "x", "--out", "")]
    [InlineData("--out is empty", "pull", "resnet18", "--out", "")]
    public void An_empty_path_is_named(string message, params string[] arguments)
    {
        var result = Cli.Run(["weights", .. arguments]);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public void A_file_that_is_none_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("x.pth"), "<html>Sign in to download</html>");

        var result = Cli.Run("weights", "inspect", folder.At("x.pth"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("x.pth", result.Error);
        Assert.Contains("neither a safetensors nor a PyTorch file", result.Error);
    }

    [Theory]
    [InlineData(ExitCode.BadInput, "Did you mean 'resnet18'?", "resnet81")]
    [InlineData(ExitCode.Usage, "begins with https://", "resnet18", "--mirror", "ftp://x/")]
    [InlineData(ExitCode.BadInput, "http://127.0.0.1:1/resnet18-f37072fd.pth did not arrive", "resnet18", "--mirror", "http://127.0.0.1:1")]
    public void Pull_says_what_is_wrong(int code, string message, params string[] arguments)
    {
        using var folder = new TemporaryFolder();

        var result = Cli.Run(["weights", "pull", .. arguments, "--out", folder.Path]);

        Assert.Equal(code, result.Code);
        Assert.Contains(message, result.Error);
    }

    private static string Written(TemporaryFolder folder)
    {
        using var scope = new TensorScope();
        string path = folder.At("in.safetensors");
        Safetensors.Write(
            path, [("net.module.a", Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3)), ("step", Tensor.From([7L]))], new Dictionary<string, string> { ["epochs_done"] = "3" });
        return path;
    }
}
