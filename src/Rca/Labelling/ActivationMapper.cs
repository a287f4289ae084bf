using Rca.Classification;
using Rca.Computing;
using Rca.Imaging;
using Rca.Passes;
using Rca.Torch;

namespace Rca.Labelling;

/// <summary>Which of the network's maps to take.</summary>
public enum MapKind
{
    /// <summary>P, the first maps.</summary>
    Coarse,

    /// <summary>O, the final maps.</summary>
    Final,

    /// <summary>The running maximum of O over the epochs of training, where the run kept it.</summary>
    Accumulated,
}

/// <summary>
/// Makes activation maps of tagged pictures with a trained network: multi-scale, mirrored, ReLU, divided by the class maximum; where asked for,
/// shared between positions that look alike.
/// </summary>
/// <param name="model">The trained network.</param>
/// <param name="size">Longer side of pictures at scale 1: what the network was trained at.</param>
/// <param name="options">Scales, mirroring and sharing.</param>
/// <param name="compute">Device and precision.</param>
public sealed class ActivationMapper(ClassificationModel model, int size, LabellingOptions options, Compute compute)
{
    private readonly MultiScale _view = new(size, options.Scales, options.Flip, model.Backbone.PictureMultiple);
    private readonly FeatureAffinity? _affinity = options.AffinityPower > 0 ? new(options.AffinityPower, options.AffinityStages) : null;
    private readonly PseudoLabeller _labeller = new(options);

    /// <summary>What was learnt of background; with it final maps are probabilities.</summary>
    public PositionClassifier? Classifier { get; init; }

    /// <summary>Where and how the network runs.</summary>
    internal Compute Compute { get; } = compute.For(model.Backbone.Description?.SavesProducts);

    /// <summary>Maps of pictures of one size, in their order. A picture without tags gets an empty map.</summary>
    /// <param name="pictures">RGB pictures, all of one size.</param>
    /// <param name="tags">Tagged classes of each picture.</param>
    /// <param name="kind">First or final maps.</param>
    public ActivationMap[] Map(IReadOnlyList<Picture> pictures, IReadOnlyList<IReadOnlyList<int>> tags, MapKind kind = MapKind.Final)
    {
        model.Train(false);
        if (Classifier is not { } classifier || kind != MapKind.Final) return Activations(pictures, tags, kind);
        ActivationMap[] maps = Classify(pictures, tags, classifier);
        // A tagged picture in which the classifier finds next to nothing keeps its activation maps: they always show something.
        int[] lost = [.. Enumerable.Range(0, maps.Length).Where(i => maps[i].Classes.Count > 0 && PseudoLabeller.IsAlmostEmpty(_labeller.FromMaps(maps[i])))];
        if (lost.Length == 0) return maps;
        ActivationMap[] kept = Activations([.. lost.Select(i => pictures[i])], [.. lost.Select(i => tags[i])], options.Maps);
        for (int i = 0; i < lost.Length; i++) maps[lost[i]] = kept[i];
        return maps;
    }

    /// <summary>The network's own maps.</summary>
    private ActivationMap[] Activations(IReadOnlyList<Picture> pictures, IReadOnlyList<IReadOnlyList<int>> tags, MapKind kind)
    {
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        float[] values = [];
        long[] rows = [.. tags.SelectMany((classes, i) => classes.Select(l => (long)i * model.Classes + l))];
        if (rows.Length > 0)
        {
            using var scope = new TensorScope();
            using var noGrad = new NoGrad();
            Tensor index = Tensor.From(rows, rows.Length).To(Compute.Device);
            Tensor sum = _view.Sum(pictures, Compute, Network, maps => maps.Flatten(0, 1).IndexSelect(0, index).Unsqueeze(1)).Relu(); // (R, 1, H, W)
            values = (sum / sum.Max([2, 3], keep: true).ClampMin(1e-5)).ToArray<float>();
        }
        var maps = new ActivationMap[pictures.Count];
        int row = 0, area = width * height;
        for (int i = 0; i < maps.Length; i++)
        {
            maps[i] = new ActivationMap(width, height, tags[i], values.AsSpan(row * area, tags[i].Count * area).ToArray());
            row += tags[i].Count;
        }
        return maps;

        Tensor Network(Tensor x)
        {
            if (_affinity is null) return Chosen(model.Forward(x));
            IReadOnlyList<Tensor> stages = model.Backbone.ForwardStages(x);
            return _affinity.Share(Chosen(model.Maps(stages[^1])), stages);
        }

        Tensor Chosen(ClassificationOutput output) => kind == MapKind.Coarse ? output.CoarseMaps : output.Maps;
    }

    /// <summary>The classifier's probabilities of background and the tagged classes.</summary>
    private ActivationMap[] Classify(IReadOnlyList<Picture> pictures, IReadOnlyList<IReadOnlyList<int>> tags, PositionClassifier classifier)
    {
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        var maps = new ActivationMap[pictures.Count];
        // Of each tagged picture background and its classes; those of a thousand others would not fit into memory at the pictures' size.
        long[] rows = [.. tags.SelectMany((classes, i) => classes.Count == 0 ? [] : classes.Select(static l => l + 1).Prepend(0).Select(label => (long)i * classifier.Labels + label))];
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor? sum = null; // (R, 1, H, W)
        if (rows.Length > 0)
        {
            Tensor index = Tensor.From(rows, rows.Length).To(Compute.Device);
            sum = _view.Sum(pictures, Compute, Network, probabilities => probabilities.Flatten(0, 1).IndexSelect(0, index).Unsqueeze(1));
        }
        int row = 0;
        for (int i = 0; i < maps.Length; i++)
        {
            maps[i] = tags[i].Count == 0 ? ActivationMap.Empty((width, height)) : Pick(sum!.Narrow(0, row, tags[i].Count + 1), tags[i]);
            row += tags[i].Count == 0 ? 0 : tags[i].Count + 1;
        }
        return maps;

        Tensor Network(Tensor x)
        {
            IReadOnlyList<Tensor> stages = model.Backbone.ForwardStages(x);
            Tensor probabilities = classifier.Probabilities(stages);
            return _affinity is null ? probabilities : _affinity.Share(probabilities, stages);
        }

        ActivationMap Pick(Tensor own, IReadOnlyList<int> classes)
        {
            using var inner = new TensorScope();
            Tensor background = own.Narrow(0, 0, 1) * (options.Background?.Weight ?? 1), tagged = own.Narrow(0, 1, classes.Count); // (1, 1, H, W), (T, 1, H, W)
            Tensor all = (background + tagged.Sum(0).Unsqueeze(0)).ClampMin(1e-12);
            return new ActivationMap(width, height, classes, (tagged / all).ToArray<float>()) { Background = (background / all).ToArray<float>() };
        }
    }
}
