using System.Diagnostics;
using Rca.Classification;
using Rca.Data;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Benchmarking;

/// <summary>Training steps of the classification network from picture files on, as a run makes them.</summary>
internal sealed class TrainingSteps : IDisposable
{
    private readonly ClassificationOptions _options;
    private readonly ClassificationTrainer _trainer;
    private readonly IEnumerator<TrainingBatch> _batches;
    private readonly Tensor _sums;
    private int _step;

    /// <summary>Makes the network and starts reading.</summary>
    public TrainingSteps(BenchmarkData data, ClassificationOptions options, Compute compute, CancellationToken cancellation)
    {
        // As many as fill the memory, of which the steps take only the first few.
        TaggedImage[] images = data.Images(VocClasses.Names.Count * options.MemorySize);
        _options = AtWork(options);
        _trainer = new ClassificationTrainer(VocClasses.Names.Count, images, _options, compute);
        _trainer.Model.Train(true);
        _batches = new BatchLoader(images, compute, _options.Augmentation, _options.BatchSize, _options.Seed).Epoch(0, cancellation).GetEnumerator();
        _sums = Tensor.Zeros([4], device: compute.Device).Escape();
    }

    /// <summary>Settings of which every part works from the first step on, at full size, whatever random weights make of it.</summary>
    public static ClassificationOptions AtWork(ClassificationOptions options) => options with { ContrastStart = 0, ScoreGate = 0, StartShare = 0 };

    /// <summary>Makes a step.</summary>
    /// <returns>Its seconds for a picture, and those of them in which it waited for its input.</returns>
    public double[] Step()
    {
        long start = Stopwatch.GetTimestamp();
        _batches.MoveNext();
        double waiting = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using (_batches.Current) _trainer.Step(_batches.Current, epoch: 0, _step++, _sums);
        _sums.ToArray<float>(); // waits for the device
        return [Stopwatch.GetElapsedTime(start).TotalSeconds / _options.BatchSize, waiting / _options.BatchSize];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batches.Dispose();
        _trainer.Dispose();
        _sums.Dispose();
    }
}
