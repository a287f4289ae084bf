using System.Text.RegularExpressions;
using Rca.Data.Loading;
using Rca.Torch;
using Rca.Weights;

namespace Rca.Backbones;

/// <summary>
/// Weight files of others under our names. torchvision's and AffinityNet's names are ours already; those of the project deeplab-pytorch are
/// translated. Classifiers are left out.
/// </summary>
public static partial class PublicWeights
{
    private const string DeepLabStem = "layer1.conv1.conv.weight";

    /// <summary>Layers behind the features, by the start of their names; a backbone has none of them.</summary>
    private static readonly string[] Classifiers = ["fc.", "fc8.", "classifier.", "aspp."];

    /// <summary>Loads a public weight file into a backbone.</summary>
    /// <param name="backbone">The backbone, of width 1 for public weights.</param>
    /// <param name="source">A safetensors file, or a .pth or .pt of PyTorch; or a name, as <see cref="Locate"/> takes it.</param>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    /// <exception cref="StateMismatchException">It belongs to another network; nothing was changed.</exception>
    public static void Load(Backbone backbone, string source)
    {
        string path = Locate(source);
        using WeightFile file = WeightFile.Read(path);
        using var scope = new TensorScope();
        Load(backbone, path, Translate(file, path).Where(static item => !Classifiers.Any(name => item.Key.StartsWith(name, StringComparison.Ordinal))));
    }

    /// <summary>The file of weights that are named: those that came with the set-up, or pulled ones. Anything else is the path of a file.</summary>
    /// <exception cref="RcaException">The weights of this name are not here.</exception>
    public static string Locate(string source)
    {
        if (source == PackagedWeights.Name) return PackagedWeights.Convert();
        if (PublicWeightFile.All.FirstOrDefault(weights => weights.Name == source) is not { } pulled) return source;
        string path = Path.Combine(PublicWeightFile.CacheFolder, pulled.FileName);
        return File.Exists(path) ? path : throw new RcaException($"The weights '{source}' are not in {PublicWeightFile.CacheFolder}. './rca weights pull {source}' fetches them ({pulled.Megabytes} MiB).");
    }

    /// <summary>Loads translated weights, and names the file where they do not fit.</summary>
    internal static void Load(Module module, string path, IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        try
        {
            module.LoadState(weights.ToDictionary());
        }
        catch (StateMismatchException e)
        {
            throw new StateMismatchException($"{path}: {e.Message}\nChoose the backbone that the file was made for; public weights need width 1.");
        }
    }

    /// <summary>All weights of a file under our names, made for our pictures. They belong to the file, or to the current scope.</summary>
    /// <exception cref="WeightFileException">Two names mean the same weight.</exception>
    internal static Dictionary<string, Tensor> Translate(WeightFile file, string path)
    {
        // num_batches_tracked is a counter that only averages without momentum need.
        Dictionary<string, Tensor> weights = Renamed(file, path, static name => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal) ? null : OurName(name));
        if (file.Tensors.Keys.Any(static name => name.EndsWith(DeepLabStem, StringComparison.Ordinal))) TakeOurPictures(weights);
        return weights;
    }

    /// <summary>The weights of a file under other names; those without one are left out. They remain the file's.</summary>
    /// <exception cref="WeightFileException">Two names mean the same weight.</exception>
    internal static Dictionary<string, Tensor> Renamed(WeightFile file, string path, Func<string, string?> rename)
    {
        var weights = new Dictionary<string, Tensor>();
        foreach (var (name, value) in file.Tensors)
            if (rename(name) is { } to && !weights.TryAdd(to, value)) throw new WeightFileException(path, $"holds '{name}' twice, under two names");
        return weights;
    }

    /// <summary>The name here of a weight that deeplab-pytorch names; other names stay.</summary>
    internal static string OurName(string name)
    {
        name = Wrapper().Replace(name, "");
        if (Stem().Match(name) is { Success: true } stem)
            return $"{(stem.Groups["kind"].Value == "conv" ? "conv1" : "bn1")}.{stem.Groups["rest"].Value}";
        if (Branch().Match(name) is { Success: true } branch)
            return $"aspp.{branch.Groups["branch"].Value}.{branch.Groups["rest"].Value}";
        if (Unit().Match(name) is not { Success: true } unit) return name;
        bool convolution = unit.Groups["kind"].Value == "conv";
        string part = unit.Groups["unit"].Value switch
        {
            "reduce" => convolution ? "conv1" : "bn1",
            "conv3x3" => convolution ? "conv2" : "bn2",
            "increase" => convolution ? "conv3" : "bn3",
            _ => convolution ? "downsample.0" : "downsample.1",
        };
        // Stages count from 2 there, the stem being the first, and blocks from 1.
        return $"layer{int.Parse(unit.Groups["stage"].ValueSpan) - 1}.{int.Parse(unit.Groups["block"].ValueSpan) - 1}.{part}.{unit.Groups["rest"].Value}";
    }

    /// <summary>
    /// deeplab-pytorch's networks take blue, green, red from 0 to 255 minus Caffe's mean. Ours take normalised red, green, blue: the first
    /// convolution changes its scale and order, and the normalisation behind it the mean. At the border, where padding is the mean
    /// colour, the two differ by at most one grey value.
    /// </summary>
    private static void TakeOurPictures(Dictionary<string, Tensor> weights)
    {
        if (!weights.TryGetValue("conv1.weight", out Tensor? weight) || !weights.TryGetValue("bn1.running_mean", out Tensor? mean)
            || weight.Shape is not [var channels, 3, _, _] || mean.Shape is not [var means] || means != channels)
            return; // loading will say what does not fit
        using var noGrad = new NoGrad();
        float[] caffeMean = [122.675f, 116.669f, 104.008f]; // red, green, blue
        Tensor rgb = weight.To(DType.Float32).Flip(1); // (C, 3, 7, 7)
        float[] scale = [.. PictureNormalisation.ImageNet.Deviation.Select(static d => 255 * d)];
        float[] shift = [.. PictureNormalisation.ImageNet.Mean.Zip(caffeMean, static (ours, theirs) => 255 * ours - theirs)];
        weights["conv1.weight"] = rgb * Tensor.From(scale, 1, 3, 1, 1);
        weights["bn1.running_mean"] = mean - (rgb.Sum(2, 3) * Tensor.From(shift, 1, 3)).Sum(1); // (C)
    }

    /// <summary>What the multi-scale wrapper and data parallelism put before the names, in this project's versions.</summary>
    [GeneratedRegex(@"^(module\.)?(base|scale)\.")]
    private static partial Regex Wrapper();

    [GeneratedRegex(@"^layer1\.conv1\.(?<kind>conv|bn)\.(?<rest>\w+)$")]
    private static partial Regex Stem();

    [GeneratedRegex(@"^layer(?<stage>[2-5])\.block(?<block>[1-9]\d?)\.(?<unit>reduce|conv3x3|increase|shortcut|proj)\.(?<kind>conv|bn)\.(?<rest>\w+)$")]
    private static partial Regex Unit();

    [GeneratedRegex(@"^aspp\.(stages\.)?c(?<branch>\d)\.(?<rest>\w+)$")]
    private static partial Regex Branch();
}
