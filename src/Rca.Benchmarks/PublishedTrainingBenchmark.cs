using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Data.Voc;
using Rca.Torch;

namespace Rca.Benchmarks;

/// <summary>
/// A training step of the paper's network at its size, at the precision that a run takes and at the other one too, unless that is bfloat16 without
/// hardware for it or was not wanted; and separately its input and its method.
/// </summary>
internal sealed class PublishedTrainingBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    private readonly Compute[] _precisions = Precisions(compute, compute.For(Backbone.Describe(settings.Published.Backbone).SavesProducts));

    public double Seconds => _precisions.Length * settings.LongSeconds + 2 * settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        ClassificationOptions options = settings.Published;
        double step = 0;
        foreach (Compute each in _precisions)
        {
            string name = $"train: {options.Backbone} at {options.Size}, {(each.MixedPrecision ? "bf16" : "fp32")}";
            using var steps = new TrainingSteps(data, options, each, meter.Cancellation);
            double[][] runs = meter.Repeat(name, settings.LongSeconds, steps.Run);
            BenchmarkRow row = BenchmarkRow.Of(name, "picture", runs.Select(static run => run[0]));
            double share = runs.Sum(static run => run[1]) / runs.Sum(static run => run[0]);
            if (step == 0) step = row.Seconds;
            yield return row with { Note = FormattableString.Invariant($"{100 * share:F1} % waits for input") };
        }
        BenchmarkRow method = Method(meter), input = Input(meter);
        yield return method with { Note = FormattableString.Invariant($"{100 * method.Seconds / step:F1} % of that step") };
        yield return input with { Note = FormattableString.Invariant($"{1 / input.Seconds:F0} pictures/s") };
    }

    private static Compute[] Precisions(Compute compute, Compute chosen) =>
        compute.MixedPrecision ? [chosen, new Compute(compute.Device.ToString(), chosen.MixedPrecision ? Precision.Fp32 : Precision.Bf16)] : [chosen];

    /// <summary>From JPEG files to batches on the device, nothing else running.</summary>
    private BenchmarkRow Input(Meter meter)
    {
        ClassificationOptions options = settings.Published;
        var loader = new BatchLoader(data.Images(settings.Pictures), _precisions[0], options.Augmentation, options.BatchSize, options.Seed);
        int count = loader.StepsPerEpoch * options.BatchSize;
        return meter.Repeat($"input: JPEG to batches at {options.Size}", "picture", settings.ShortSeconds, count, () =>
        {
            foreach (TrainingBatch batch in loader.Epoch(0, meter.Cancellation))
            {
                using var scope = new TensorScope();
                using (batch) batch.Pictures.Values.To(compute.Device);
            }
        });
    }

    /// <summary>What the method adds to a step beside its network: regions, contrast with its gradient, a full memory, gathering.</summary>
    private BenchmarkRow Method(Meter meter)
    {
        int classes = VocClasses.Names.Count, count = settings.MethodPictures, channels = settings.Channels, side = settings.Published.Size / 8;
        ClassificationOptions options = TrainingSteps.AtWork(settings.Published) with { RingMemory = true }; // which starts full
        using var outer = new TensorScope();
        TorchRuntime.Seed(1);
        using var memory = RegionalMemory.Create(classes, channels, options, compute.Device);
        using var aggregation = new PrototypeAggregation(classes, channels, options);
        _precisions[0].Place(aggregation);
        aggregation.SetPrototypes(Noise(classes, options.Prototypes, channels), Tensor.Full([classes, options.Prototypes], 1, device: compute.Device));
        Tensor features = Noise(count, channels, side, side), maps = Noise(count, classes, side, side), g = Noise(count, channels, side, side).WithGrad();
        int[] images = [.. Enumerable.Range(0, count)];
        IReadOnlyList<int>[] tags = [.. images.Select(BenchmarkData.Tags)];
        return meter.Repeat($"contrast, memory, gathering at {options.Size}", "picture", settings.ShortSeconds, count, () =>
        {
            using var scope = new TensorScope();
            Tensor nce = MethodStep.Make(memory, tags, images, features, maps, g, options);
            using (_precisions[0].ForwardPass()) aggregation.Gather(features, maps);
            nce.Item(); // waits for the device
        });
    }

    private Tensor Noise(params long[] shape) => MethodStep.Noise(compute.Device, shape);
}
