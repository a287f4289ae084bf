using Rca.Computing;
using Rca.Imaging.Masks;
using Rca.Torch;

namespace Rca.Labelling;

/// <summary>
/// Tells the label of each position of a picture, background among them, by a linear function of the features there. It learns from the labels
/// of all pictures together, so what is next to a class on some pictures and alone on others becomes background.
/// </summary>
public sealed class PositionClassifier : IDisposable
{
    /// <summary>Length of the features: with longer ones smaller weights do, which fewer steps reach.</summary>
    private const double Scale = 8;

    private const string MadeFrom = "made_from";
    private const int Epochs = 4, BatchSize = 4096, LeastSteps = 200, Stream = 7;
    private const double LearningRate = 3e-3, WeightDecay = 1e-3;
    private readonly Tensor _weight, _bias; // (L + 1, D), (L + 1, 1)
    private readonly int[] _stages;

    private PositionClassifier(Tensor weight, Tensor bias, int[] stages) => (_weight, _bias, _stages) = (weight, bias, stages);

    /// <summary>Labels, L + 1 with background.</summary>
    public int Labels => (int)_weight.Size(0);

    /// <summary>Learns from positions of many pictures.</summary>
    /// <param name="features">(N, D), as <see cref="Features"/> gives them.</param>
    /// <param name="labels">N labels, 0 for background.</param>
    /// <param name="count">Number of labels, L + 1.</param>
    /// <param name="stages">The backbone's stages that the features are from, counted from 1.</param>
    /// <param name="cancellation">Stops between steps.</param>
    internal static PositionClassifier Learn(Tensor features, long[] labels, int count, int[] stages, CancellationToken cancellation)
    {
        using var scope = new TensorScope();
        Tensor target = Tensor.From(labels, labels.Length).To(features.Device);
        Tensor weight = Tensor.Zeros([count, features.Size(1)], device: features.Device).WithGrad(), bias = Tensor.Zeros([count, 1], device: features.Device).WithGrad();
        using var optimizer = new AdamW([new ParameterGroup([("weight", weight), ("bias", bias)], LearningRate, WeightDecay)]);
        int batch = Math.Min(BatchSize, labels.Length), epochs = Math.Max(Epochs, (LeastSteps * batch + labels.Length - 1) / labels.Length), perEpoch = labels.Length / batch;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            long[] order = [.. Enumerable.Range(0, labels.Length).Select(static i => (long)i)];
            Seeds.Generator(Stream, epoch).Shuffle(order);
            for (int step = 0; step < perEpoch; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = new TensorScope();
                Tensor rows = Tensor.From(order.AsSpan(step * batch, batch), batch).To(features.Device);
                Tensor some = features.IndexSelect(0, rows).To(DType.Float32); // (n, D)
                Tensor scores = some.Matmul(weight.Transpose(0, 1)) + bias.Transpose(0, 1);
                scores.CrossEntropy(target.IndexSelect(0, rows), LabelMap.Ignore).Backward(); // none is ignored
                optimizer.Step(Schedule.Polynomial((epoch * (double)perEpoch + step) / (epochs * perEpoch)));
            }
        }
        using var noGrad = new NoGrad();
        return new PositionClassifier(weight.Detach().Clone().Escape(), bias.Detach().Clone().Escape(), stages);
    }

    /// <summary>The stages whose features tell labels: those that tell what looks alike, and the last.</summary>
    internal static int[] StagesOf(IReadOnlyList<int> affinityStages, int last) => [.. affinityStages.Where(stage => stage < last).Append(last).Distinct()];

    /// <summary>What a position is known by: the directions of the features of some stages, on the last one's grid, (B, D, h, w).</summary>
    internal static Tensor Features(IReadOnlyList<Tensor> features, int[] stages)
    {
        if (stages.Max() > features.Count) throw new RcaException($"The classifier of positions needs stage {stages.Max()} of the backbone; this one has {features.Count}.");
        long height = features[^1].Size(2), width = features[^1].Size(3);
        return Tensor.Concatenate([.. stages.Select(stage => FeatureAffinity.Directions(features[stage - 1], height, width))], 1)
            .Reshape(features[0].Size(0), -1, height, width) * Scale;
    }

    /// <summary>The probabilities of the labels at each position, (B, L + 1, h, w), from the features of all stages.</summary>
    internal Tensor Probabilities(IReadOnlyList<Tensor> features)
    {
        using var scope = new TensorScope();
        Tensor x = Features(features, _stages); // (B, D, h, w)
        Tensor scores = _weight.Matmul(x.Flatten(2)).To(DType.Float32) + _bias; // (B, L + 1, h·w)
        return scope.Keep(scores.Softmax(1).Reshape(x.Size(0), Labels, x.Size(2), x.Size(3)));
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null if it was learnt from something else.</summary>
    /// <exception cref="WeightFileException">The file is missing or damaged, or is no such classifier.</exception>
    internal static PositionClassifier? Read(string path, string madeFrom, Device device)
    {
        using WeightFile file = Safetensors.Read(path);
        if (file.Metadata.GetValueOrDefault(MadeFrom) != madeFrom) return null;
        if (file.Tensors.GetValueOrDefault("weight") is not { Dimensions: 2, DType: DType.Float32 } weight || file.Tensors.GetValueOrDefault("bias") is not { Dimensions: 2, DType: DType.Float32 } bias
            || file.Tensors.GetValueOrDefault("stages") is not { Dimensions: 1, DType: DType.Int64 } stages || bias.Size(0) != weight.Size(0) || bias.Size(1) != 1
            || stages.ToArray<long>() is not [_, ..] numbers || numbers.Any(static stage => stage is < 1 or > 20))
            throw new WeightFileException(path, "holds no classifier of positions");
        using var scope = new TensorScope();
        return new PositionClassifier(weight.To(device).Clone().Escape(), bias.To(device).Clone().Escape(), Array.ConvertAll(numbers, static stage => (int)stage));
    }

    /// <summary>Writes weights and stages as safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="madeFrom">What it was learnt from: changes with the network, the settings and the pictures.</param>
    internal void Write(string path, string madeFrom)
    {
        using var scope = new TensorScope();
        Safetensors.Write(path, [("weight", _weight), ("bias", _bias), ("stages", Tensor.From(Array.ConvertAll(_stages, static stage => (long)stage), _stages.Length))], new Dictionary<string, string> { [MadeFrom] = madeFrom });
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
