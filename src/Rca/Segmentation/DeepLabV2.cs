using Rca.Backbones;
using Rca.Torch;

namespace Rca.Segmentation;

/// <summary>
/// DeepLab-v2 (Chen et al., 2017): a backbone at output stride 8 or 16 and four parallel 3×3 convolutions of different dilation whose results
/// are summed (ASPP).
/// </summary>
public sealed class DeepLabV2 : BackboneModel
{
    private const double HeadDeviation = 0.01;
    private readonly Conv2d[] _branches;

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="labels">Classes and background, L + 1.</param>
    /// <param name="options">Backbone and dilations.</param>
    public DeepLabV2(int labels, SegmentationOptions options)
        : base(options.CreateBackbone())
    {
        Labels = labels;
        BackgroundWeight = options.BackgroundWeight;
        var branches = Child("aspp", new Branches());
        _branches = [.. options.Dilations().Select((dilation, i) => branches.Add(i,
            new Conv2d(Backbone.Channels, labels, kernel: 3, dilation: dilation).WithNormalWeights(HeadDeviation)))];
    }

    /// <summary>Classes and background, L + 1.</summary>
    public int Labels { get; }

    /// <summary>The factor on background's probability when the network decides labels (<see cref="SegmentationOptions.BackgroundWeight"/>).</summary>
    public double BackgroundWeight { get; }

    /// <summary>
    /// Loads a whole trained network of the project deeplab-pytorch, which is a <c>resnet101-caffe</c> at a crop of 321 and output stride 8.
    /// </summary>
    /// <exception cref="WeightFileException">The file cannot be read.</exception>
    /// <exception cref="StateMismatchException">It belongs to another network or to another number of labels; nothing was changed.</exception>
    public void LoadPublic(string path)
    {
        using WeightFile file = WeightFile.Read(path);
        using var scope = new TensorScope();
        PublicWeights.Load(this, path, PublicWeights.Translate(file, path)
            .Select(static item => item.Key.StartsWith("aspp.", StringComparison.Ordinal) ? item : new($"backbone.{item.Key}", item.Value)));
    }

    /// <summary>
    /// Starts from a classification network, with its backbone and its first class scores P, which the middles of the branches share, while
    /// background scores 0: so it starts with that network's maps.
    /// </summary>
    /// <param name="state">The network's checkpoint. Class scores of more than one layer (the public code's) are left out.</param>
    /// <param name="sameClasses">Whether its classes are these, in the same order; false takes the backbone alone.</param>
    /// <exception cref="StateMismatchException">The backbone is another, or the number of classes.</exception>
    public void StartFrom(WeightFile state, bool sameClasses)
    {
        IReadOnlyDictionary<string, Tensor> scores = state.Below("model.head1.");
        Tensor? weight = sameClasses ? scores.GetValueOrDefault("weight") : null;
        if (weight is not null && weight.Size(0) != Labels - 1)
            throw new StateMismatchException($"The network to start from scores {weight.Size(0)} classes; this one has {Labels - 1} beside background.");
        Backbone.LoadState(state.Below("model.backbone."));
        if (weight is null) return;
        foreach (Conv2d branch in _branches) branch.StartFromMiddle(weight, scores["bias"], first: 1, share: 1.0 / _branches.Length);
    }

    /// <summary>(B, 3, S, S) → scores (B, L + 1, S/s, S/s) at output stride s.</summary>
    public Tensor Forward(Tensor x)
    {
        Tensor features = Backbone.Forward(x);
        return _branches.Select(branch => branch.Forward(features)).Aggregate(static (a, b) => a + b);
    }

    /// <summary>Scores at the scales 1, 0.75 and 0.5 of the picture, each on its own grid, and their maximum on the grid of scale 1.</summary>
    public Tensor[] ForwardScales(Tensor x)
    {
        var scores = new List<Tensor> { Forward(x) };
        Tensor highest = scores[0];
        Tensor rows = x.Contiguous();
        foreach (double scale in (double[])[0.75, 0.5])
        {
            Tensor smaller = Forward(rows.ResizeBilinear((long)(x.Size(2) * scale), (long)(x.Size(3) * scale)));
            scores.Add(smaller);
            highest = highest.Maximum(smaller.Contiguous().ResizeBilinear(highest.Size(2), highest.Size(3)));
        }
        return [.. scores, highest];
    }

    private sealed class Branches : Module
    {
        public Conv2d Add(int index, Conv2d branch) => Child($"{index}", branch);
    }
}
