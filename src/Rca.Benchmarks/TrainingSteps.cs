using System.Diagnostics;
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Data.Voc;
using Rca.Torch;

namespace Rca.Benchmarks;

/// <summary>Training steps of the classification network from picture files on, as a run makes them.</summary>
internal sealed class TrainingSteps : IDisposable
{
    /// <summary>Steps after which the losses are read on CUDA, where reading waits for the device. A run reads them once an epoch.</summary>
    public const int TogetherOnCuda = 20;

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
        compute = compute.For(Backbone.Describe(options.Backbone).SavesProducts);
        _trainer = new ClassificationTrainer(VocClasses.Names.Count, images, _options, compute);
        _trainer.Model.Train(true);
        _batches = Batches(new BatchLoader(images, compute, _options.Augmentation, _options.BatchSize, _options.Seed), cancellation).GetEnumerator();
        _sums = Tensor.Zeros([4], device: compute.Device).Escape();
        Together = compute.Device.IsCuda ? TogetherOnCuda : 1;
    }

    /// <summary>Steps that <see cref="Run"/> makes.</summary>
    public int Together { get; }

    /// <summary>Settings with which every part of the method works from the first step, at full size, even with random weights.</summary>
    public static ClassificationOptions AtWork(ClassificationOptions options) => options with { ContrastStart = 0, ScoreGate = 0, StartShare = 0 };

    /// <summary>Makes some steps and waits for the device.</summary>
    /// <returns>Seconds for a picture, and how many of them were spent waiting for input.</returns>
    public double[] Run()
    {
        long start = Stopwatch.GetTimestamp();
        double waiting = 0;
        for (int i = 0; i < Together; i++)
        {
            waiting += Meter.Seconds(() => _batches.MoveNext());
            using (_batches.Current) _trainer.Step(_batches.Current, epoch: 0, _step++, _sums);
        }
        _sums.ToArray<float>(); // waits for the device
        int pictures = Together * _options.BatchSize;
        return [Stopwatch.GetElapsedTime(start).TotalSeconds / pictures, waiting / pictures];
    }

    /// <summary>Those of an epoch again and again.</summary>
    private static IEnumerable<TrainingBatch> Batches(BatchLoader loader, CancellationToken cancellation)
    {
        while (true)
            foreach (TrainingBatch batch in loader.Epoch(0, cancellation))
                yield return batch;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batches.Dispose();
        _trainer.Dispose();
        _sums.Dispose();
    }
}
