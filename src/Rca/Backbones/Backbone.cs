using Rca.Data.Loading;
using Rca.Torch;

namespace Rca.Backbones;

/// <summary>A network that turns pictures into features at a coarser grid: a chain of layers.</summary>
public abstract class Backbone : Module
{
    private static readonly Lock Gate = new();
    private static readonly List<BackboneDescription> Descriptions = [.. BuiltIn()];
    private readonly List<Func<Tensor, Tensor>> _layers = [];
    private readonly List<(int Layers, int Weights)> _stageEnds = [];
    private (Tensor Factors, Tensor Summands)? _normalise;

    /// <summary>All backbones that can be named, those added by <see cref="Add"/> last.</summary>
    public static IReadOnlyList<BackboneDescription> All
    {
        get
        {
            lock (Gate) return [.. Descriptions];
        }
    }

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(static backbone => backbone.Name)];

    /// <summary>Channels of the features, D.</summary>
    public int Channels { get; protected init; }

    /// <summary>What is known of it, where it was made by its name.</summary>
    public BackboneDescription? Description { get; private set; }

    /// <summary>Both sides of its pictures are multiples of this.</summary>
    public int PictureMultiple => Description?.PictureMultiple ?? 1;

    /// <summary>Makes a backbone known by its name to settings, commands and run folders of this process.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public static void Add(BackboneDescription description)
    {
        lock (Gate)
        {
            if (Descriptions.Exists(known => known.Name == description.Name)) throw new ArgumentException($"There is a backbone named '{description.Name}' already.", nameof(description));
            Descriptions.Add(description);
        }
    }

    /// <summary>What is known of a backbone.</summary>
    /// <exception cref="RcaException">The name is unknown.</exception>
    public static BackboneDescription Describe(string name) => All.FirstOrDefault(known => known.Name == name)
        ?? throw new RcaException($"The backbone '{name}' is unknown. Known: {string.Join(", ", Names)}.");

    /// <summary>The backbone that public weights are made for, where that is known.</summary>
    /// <param name="weights">Their name, or a file that has it or begins with it, as torchvision's <c>vgg16-397923af.pth</c>.</param>
    public static BackboneDescription? For(string weights) => Known(weights)?.Backbone;

    /// <summary>What is known of public weights, and the backbone that they are made for; of names that begin a file's the longest.</summary>
    internal static (BackboneDescription Backbone, KnownWeights Weights)? Known(string weights)
    {
        string file = Path.GetFileName(weights);
        var known = All.SelectMany(static backbone => backbone.Weights.Select(item => (Backbone: backbone, Weights: item)))
            .Where(item => file == item.Weights.Name || file.StartsWith($"{item.Weights.Name}-", StringComparison.Ordinal) || file.StartsWith($"{item.Weights.Name}.", StringComparison.Ordinal))
            .OrderByDescending(static item => item.Weights.Name.Length).ToList();
        return known.Count > 0 ? known[0] : null;
    }

    /// <summary>Makes a backbone with fresh weights.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="width">Factor on the channels of every layer, 0.125 to 2; public weights are made for 1.</param>
    /// <param name="outputStride">One of its <see cref="BackboneDescription.OutputStrides"/>.</param>
    /// <exception cref="RcaException">The name is unknown, or the stride is none of its own.</exception>
    public static Backbone Create(string name, double width, int outputStride = 8)
    {
        BackboneDescription description = Describe(name);
        if (!description.OutputStrides.Contains(outputStride))
            throw new RcaException($"The backbone '{name}' has no output stride {outputStride}; there is {string.Join(", ", description.OutputStrides)}.");
        Backbone backbone = description.Make(width, outputStride);
        backbone.Description = description;
        if (description.Normalisation != PictureNormalisation.ImageNet)
        {
            var (factors, summands) = description.Normalisation.FromImageNet();
            backbone._normalise = (backbone.Constant(Tensor.From(factors, 1, 3, 1, 1)), backbone.Constant(Tensor.From(summands, 1, 3, 1, 1)));
        }
        return backbone;
    }

    /// <summary>(B, 3, S, S), normalised as <see cref="PictureNormalisation.ImageNet"/> → (B, D, S/s, S/s) at output stride s, rounded up.</summary>
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Keep(Chain(_layers, Normalised(x)));
    }

    /// <summary>The same, with the features of every stage on the way: from the finest grid to the last features F.</summary>
    public IReadOnlyList<Tensor> ForwardStages(Tensor x)
    {
        using var scope = new TensorScope();
        x = Normalised(x);
        var stages = new List<Tensor>();
        int first = 0;
        foreach (var (end, _) in _stageEnds)
        {
            x = Chain(_layers[first..end], x);
            stages.Add(scope.Keep(x));
            first = end;
        }
        return stages;
    }

    private Tensor Normalised(Tensor x) => _normalise is var (factors, summands) ? x * factors + summands : x;

    /// <summary>Passes x through layers. The caller owns the result, and still owns x.</summary>
    protected static Tensor Chain(IReadOnlyList<Func<Tensor, Tensor>> layers, Tensor x)
    {
        Tensor input = x;
        foreach (Func<Tensor, Tensor> layer in layers)
        {
            // A scope for each layer, and no handle on its input after it: else all activations of a deep network would live at once,
            // even where no gradient needs them.
            using var scope = new TensorScope();
            Tensor y = scope.Keep(layer(x));
            if (x != input && x != y) x.Dispose();
            x = y;
        }
        return x;
    }

    /// <summary>Appends a layer to the chain.</summary>
    protected void Then(Func<Tensor, Tensor> layer) => _layers.Add(layer);

    /// <summary>Ends a stage behind the last layer, with all parts that were registered so far; the last stage ends the chain.</summary>
    protected void EndStage() => _stageEnds.Add((_layers.Count, Parameters().Count()));

    /// <summary>Keeps the weights of the first stages as they are: nothing of them learns, and no gradient is computed that far back.</summary>
    /// <param name="count">0 to the number of stages.</param>
    /// <remarks>Their normalisation's running statistics stay only with <see cref="Module.FreezeNormalization"/>.</remarks>
    /// <exception cref="RcaException">There are fewer stages.</exception>
    public void FreezeStages(int count)
    {
        if (count > _stageEnds.Count) throw new RcaException($"frozen stages is {count}; this backbone has {_stageEnds.Count} stages.");
        if (count == 0) return;
        foreach (var (_, value) in Parameters().Take(_stageEnds[count - 1].Weights)) value.WithGrad(false);
    }

    /// <summary>
    /// Channels of a layer at a width. Whole vectors of 16: faster, and oneDNN 2.7 writes past its buffers in the bfloat16 gradient of
    /// narrower layers for single pictures.
    /// </summary>
    protected static int Scale(int channels, double width) => Math.Max(16, (int)Math.Round(channels * width / 16) * 16);

    private static IEnumerable<BackboneDescription> BuiltIn()
    {
        yield return ResidualNetwork("resnet18-cntk", [2, 2, 2, 3], ResNetKind.Basic) with
        {
            // Its colours are from 0 to 255 and their order is another; loading changes the first convolution instead (PackagedWeights).
            Normalisation = PictureNormalisation.ImageNet with { Mean = PackagedWeights.Mean },
            Weights = [new(PackagedWeights.Name, "ImageNet, by Microsoft with CNTK, from the NuGet package " + PackagedWeights.Package, "MIT")],
        };
        yield return ResidualNetwork("resnet18s", [2, 2, 2, 2], ResNetKind.SmallPictures) with { OutputStrides = [8, 16] };
        yield return ResidualNetwork("resnet18", [2, 2, 2, 2], ResNetKind.Basic) with { Weights = [Torchvision("resnet18")] };
        yield return ResidualNetwork("resnet34", [3, 4, 6, 3], ResNetKind.Basic) with { Weights = [Torchvision("resnet34")] };
        yield return ResidualNetwork("resnet50", [3, 4, 6, 3], ResNetKind.Bottleneck) with { Weights = [Torchvision("resnet50")] };
        yield return ResidualNetwork("resnet101", [3, 4, 23, 3], ResNetKind.Bottleneck) with { Weights = [Torchvision("resnet101")] };
        yield return ResidualNetwork("resnet101-caffe", [3, 4, 23, 3], ResNetKind.CaffeBottleneck) with
        {
            Weights = [new("deeplabv1_resnet101-coco.pth", "COCO, by the project deeplab-pytorch", "MIT")],
        };
        yield return new("vgg16", [2, 2, 3, 3, 3], 512, static (width, stride) => new Vgg16(width, stride)) { SavesProducts = true, Weights = [Torchvision("vgg16")] };
        yield return new("resnet38", [3, 3, 6, 3, 1, 1], 4096, static (width, stride) => new ResNet38(width, stride))
        {
            OutputStrides = [8, 16],
            Weights = [new("ilsvrc-cls_rna-a1_cls1000_ep-0001.params", "ImageNet, by Wu et al.; as a PyTorch file of AffinityNet's names", "see its authors")],
        };

        static BackboneDescription ResidualNetwork(string name, int[] depths, ResNetKind kind) =>
            new(name, depths, kind is ResNetKind.Bottleneck or ResNetKind.CaffeBottleneck ? 2048 : 512, (width, stride) => new ResNet(depths, kind, width, stride));

        static KnownWeights Torchvision(string name) => new(name, "ImageNet (IMAGENET1K_V1), by torchvision", "BSD-3-Clause");
    }
}
