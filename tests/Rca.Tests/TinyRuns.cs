using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Progress;
using Rca.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests;

/// <summary>The smallest networks that train, and comparisons of what they leave.</summary>
internal static class TinyRuns
{
    public static readonly ClassificationOptions Classification = new()
    {
        Width = 0.125, Size = 32, Epochs = 4, BatchSize = 4, MemorySize = 6, Prototypes = 2, Aggregation = true, AggregationStart = 0, Precision = Precision.Fp32,
    };

    public static readonly SegmentationOptions Segmentation = new()
    {
        Width = 0.125, Size = 32, Epochs = 4, BatchSize = 4, Precision = Precision.Fp32,
    };

    /// <summary>A network to use at 32 pixels.</summary>
    public static Classifier Classifier(ClassificationModel model, IReadOnlyList<string> classes, Compute compute) => new(model, classes, Classification, compute);

    public static EpochLosses Train(this ClassificationTrainer trainer, int epoch) => trainer.TrainEpoch(epoch, null, TestContext.Current.CancellationToken);

    public static double Train(this SegmentationTrainer trainer, int epoch) => trainer.TrainEpoch(epoch, null, TestContext.Current.CancellationToken)!.Value;

    public static TrainingResult Train(TaggedDataset data, RunFolder run, ClassificationOptions options, Compute compute) =>
        ClassificationRun.Train(data, run, options, compute, null, TestContext.Current.CancellationToken);

    public static SegmentationResult Train(TaggedDataset data, string labels, RunFolder run, SegmentationOptions options, Compute compute, RunFolder? start = null) =>
        SegmentationRun.Train(data, labels, run, options, compute, start, null, TestContext.Current.CancellationToken);

    /// <summary>Makes a network give one label this score everywhere, and 0 to all others.</summary>
    public static void Favour(DeepLabV2 model, int label, float score)
    {
        using var noGrad = new NoGrad();
        foreach (var (name, value) in model.Parameters())
            if (name == "aspp.0.bias") value.Copy_(Tensor.From<float>([.. Enumerable.Range(0, model.Labels).Select(l => l == label ? score : 0)], model.Labels));
            else if (name.StartsWith("aspp.", StringComparison.Ordinal)) value.Fill_(0);
    }

    /// <summary>All tensors of two checkpoints, bit for bit.</summary>
    public static void AssertSameCheckpoint(RunFolder expected, RunFolder actual)
    {
        using WeightFile a = expected.ReadCheckpoint(), b = actual.ReadCheckpoint();
        Assert.Equal(a.Metadata, b.Metadata);
        Assert.Equal(a.Tensors.Keys, b.Tensors.Keys);
        foreach (var (name, tensor) in a.Tensors) Assert.True(Bytes(tensor).AsSpan().SequenceEqual(Bytes(b.Tensors[name])), name);
    }

    public static bool SameCheckpoint(RunFolder one, RunFolder other) =>
        File.ReadAllBytes(one.CheckpointPath).AsSpan().SequenceEqual(File.ReadAllBytes(other.CheckpointPath));

    /// <summary>Stops a run when the first step of an epoch (counted from 0) is reported.</summary>
    public static (IProgress<StageProgress>, CancellationToken) StopIn(int epoch, int stepsPerEpoch)
    {
        var source = new CancellationTokenSource();
        return (new Stop(source, epoch * stepsPerEpoch + 1), source.Token);
    }

    private static byte[] Bytes(Tensor tensor)
    {
        var bytes = new byte[tensor.Count * (tensor.DType is DType.Int64 or DType.Float64 ? 8 : 4)];
        tensor.CopyTo(bytes);
        return bytes;
    }

    private sealed class Stop(CancellationTokenSource source, int step) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            if (value.Done == step) source.Cancel();
        }
    }
}
