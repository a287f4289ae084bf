using System.Security.Cryptography;
using Onnx;
using Rca.Data.Loading;
using Rca.Torch;
using Rca.Weights;

namespace Rca.Backbones;

/// <summary>
/// ImageNet weights that come with the set-up: an ONNX file in a NuGet package, which restoring the program downloads. Its first use converts it
/// to our names and pictures, into the cache.
/// </summary>
public static class PackagedWeights
{
    /// <summary>What <c>--weights</c> calls them; the backbone that they are made for has the same name.</summary>
    public const string Name = "resnet18-cntk";

    /// <summary>The package and its version.</summary>
    public const string Package = "Microsoft.ML.DnnImageFeaturizer.ResNet18 " + Version;

    /// <summary>The size of the package's file, in MiB.</summary>
    public const int Megabytes = 61;

    private const string Version = "0.23.1";
    private const string Sha256 = "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f";

    /// <summary>
    /// Means of red, green and blue that the network is made for, 0 to 1: of the mean picture in the package, which is nearly flat.
    /// </summary>
    internal static readonly float[] Mean = [123.1516f / 255, 115.9029f / 255, 103.0626f / 255];

    /// <summary>The file in the folder of restored packages (<c>$NUGET_PACKAGES</c>, or else <c>~/.nuget/packages</c>).</summary>
    internal static string PackagePath => Path.Combine(
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
        "microsoft.ml.dnnimagefeaturizer.resnet18", Version, "tools", "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");

    /// <summary>The converted file in the cache.</summary>
    internal static string ConvertedPath => Path.Combine(PublicWeightFile.CacheFolder, $"{Name}-{Version}.safetensors");

    /// <summary>True where they can be used without fetching anything.</summary>
    public static bool Present => File.Exists(ConvertedPath) || File.Exists(PackagePath);

    /// <summary>The converted file, made now where it is not there yet.</summary>
    /// <exception cref="RcaException">The package is missing or holds another file.</exception>
    public static string Convert()
    {
        if (!File.Exists(ConvertedPath)) Convert(PackagePath, ConvertedPath);
        return ConvertedPath;
    }

    /// <summary>Writes the weights of the package's file under our names, for pictures with <see cref="Mean"/> and ImageNet's deviation.</summary>
    /// <exception cref="RcaException">The file is missing or another one, or the target cannot be written.</exception>
    internal static void Convert(string onnx, string target)
    {
        GraphProto graph = Read(onnx);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var values = graph.Initializer.ToDictionary(static item => item.Name, static item => Tensor.From<float>([.. item.FloatData], [.. item.Dims]));
        var weights = new Dictionary<string, Tensor>();
        foreach (var (convolution, normalisation, name) in Layers(graph))
        {
            // torchvision calls the normalisation behind conv2 bn2, and that behind downsample.0 downsample.1.
            string after = name.EndsWith(".0", StringComparison.Ordinal) ? $"{name[..^1]}1" : name.Replace("conv", "bn", StringComparison.Ordinal);
            weights[$"{name}.weight"] = values[convolution.Input[1]];
            foreach (var (part, input) in new[] { "weight", "bias", "running_mean", "running_var" }.Zip(normalisation.Input.Skip(1)))
                weights[$"{after}.{part}"] = values[input];
        }
        // Blue, green, red from 0 to 255 there; red, green, blue divided by ImageNet's deviation here.
        float[] scale = [.. PictureNormalisation.ImageNet.Deviation.Select(static d => 255 * d)];
        weights["conv1.weight"] = weights["conv1.weight"].Flip(1) * Tensor.From(scale, 1, 3, 1, 1); // (64, 3, 7, 7)
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Safetensors.Write(target, weights.Select(static item => (item.Key, item.Value)), new Dictionary<string, string> { ["origin"] = Package, ["licence"] = "MIT" });
    }

    private static GraphProto Read(string onnx)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(onnx);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"The ImageNet weights that come with the set-up are not there: {onnx} cannot be read. Restore the package {Package} (building the program does), start from nothing with --weights none, or name another file with --weights.", e);
        }
        string hash = System.Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (hash != Sha256)
            throw new RcaException($"{onnx} has the SHA-256 {hash}, expected {Sha256}: it is not the file of {Package}. Remove it, and restore the package again (building the program does).");
        return ModelProto.Parser.ParseFrom(bytes).Graph;
    }

    /// <summary>Each convolution with the normalisation behind it and its torchvision name. A block's shortcut comes before its two convolutions.</summary>
    private static IEnumerable<(NodeProto Convolution, NodeProto Normalisation, string Name)> Layers(GraphProto graph)
    {
        var normalisations = graph.Node.Where(static node => node.OpType == "BatchNormalization").ToDictionary(static node => node.Input[0]);
        IEnumerable<string> blocks = Backbone.Describe(Name).Depths.SelectMany(static (depth, stage) => Enumerable.Range(0, depth).Select(k => $"layer{stage + 1}.{k}"));
        // The first block of every stage but the first has a shortcut with weights.
        IEnumerable<string> names = blocks.SelectMany(static block =>
            (string[])[.. block.EndsWith(".0", StringComparison.Ordinal) && block != "layer1.0" ? [$"{block}.downsample.0"] : Array.Empty<string>(), $"{block}.conv1", $"{block}.conv2"]);
        return graph.Node.Where(static node => node.OpType == "Conv").Zip(names.Prepend("conv1"), (node, name) => (node, normalisations[node.Output[0]], name));
    }
}
