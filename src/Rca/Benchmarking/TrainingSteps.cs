using System.Diagnostics;
using Rca.Classification;
using Rca.Data;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Benchmarking;

/// <summary>Training steps of the classification network from picture files on, as a run makes them.</summary>
internal static class TrainingSteps
{
    /// <summary>Settings of which every part works from the first step on, at full size, whatever random weights make of it.</summary>
    public static ClassificationOptions AtWork(ClassificationOptions options) => options with { ContrastStart = 0, ScoreGate = 0, StartShare = 0 };

    /// <summary>Measures steps.</summary>
    /// <returns>The row, for a picture; and the share of the time in which the network waited for its input.</returns>
    public static (BenchmarkRow Row, double Waiting) Measure(
        Meter meter, string name, double seconds, BenchmarkData data, ClassificationOptions options, Compute compute)
    {
        // As many as fill the memory, of which the steps take only the first few.
        TaggedImage[] images = data.Images(VocClasses.Names.Count * options.MemorySize);
        options = AtWork(options);
        using var scope = new TensorScope();
        using var trainer = new ClassificationTrainer(VocClasses.Names.Count, images, options, compute);
        trainer.Model.Train(true);
        var loader = new BatchLoader(images, options.Augmentation, options.BatchSize, options.Seed);
        using IEnumerator<TrainingBatch> batches = loader.Epoch(0, meter.Cancellation).GetEnumerator();
        Tensor sums = Tensor.Zeros([4], device: compute.Device);
        int step = 0;
        double[][] runs = meter.Repeat(name, seconds, () =>
        {
            long start = Stopwatch.GetTimestamp();
            batches.MoveNext();
            double waiting = Stopwatch.GetElapsedTime(start).TotalSeconds;
            trainer.Step(batches.Current, epoch: 0, step++, sums);
            sums.ToArray<float>(); // waits for the device
            return [Stopwatch.GetElapsedTime(start).TotalSeconds, waiting];
        });
        return (BenchmarkRow.Of(name, "picture", runs.Select(run => run[0] / options.BatchSize)), runs.Sum(static run => run[1]) / runs.Sum(static run => run[0]));
    }
}
