using System.Diagnostics;
using Rca.Classification;
using Rca.Data;
using Rca.Imaging;
using Rca.Labelling;
using Rca.Runs;

namespace Rca.Pipelines;

/// <summary>How long a machine takes for each part of the work with a certain network and certain pictures.</summary>
/// <param name="StepSeconds">A training step, for each picture and million pixels that the network sees of it.</param>
/// <param name="LookSeconds">The network's look at a picture without learning, for each million pixels that it sees.</param>
/// <param name="FinishSeconds">Reading a picture, refining its mask with the CRF and writing it, without the network, for each picture.</param>
public sealed record MachineSpeed(double StepSeconds, double LookSeconds, double FinishSeconds)
{
    private const int TrialSize = 224, TrialBatch = 8, TrialLooks = 3;

    /// <summary>Steps in an epoch of the trial, so that pictures are read beside the steps as in a real one.</summary>
    private const int TrialSteps = 2;

    /// <summary>Seconds that the steps of a trial take at least, the first epoch aside.</summary>
    private const double TrialSeconds = 3;

    /// <summary>Tries the network of some settings on a few of the pictures, for some seconds. What it learns is thrown away.</summary>
    /// <exception cref="RcaException">The pictures cannot be read.</exception>
    public static MachineSpeed Measure(TaggedDataset data, PipelineOptions options, Compute compute, CancellationToken cancellation)
    {
        TaggedImage[] images = [.. PictureCounts.Spread(data.Of(Split.Train), TrialBatch)];
        int size = Math.Min(TrialSize, options.Classification.Size);
        ClassificationOptions trial = options.Classification with { Size = size, BatchSize = images.Length, StartShare = 0, ContrastStart = 0, Epochs = 10_000 };
        TaggedImage[] repeated = [.. Enumerable.Repeat(images, TrialSteps).SelectMany(static all => all)];
        using var trainer = new ClassificationTrainer(data.Classes.Count, repeated, trial, compute);
        trainer.TrainEpoch(0, null, cancellation); // warms up
        int epochs = 0;
        long start = Stopwatch.GetTimestamp();
        do trainer.TrainEpoch(++epochs, null, cancellation);
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < TrialSeconds);
        double step = Stopwatch.GetElapsedTime(start).TotalSeconds / (epochs * repeated.Length) / Megapixels(size, size);

        var mapper = new ActivationMapper(trainer.Model, size, options.Labelling with { Scales = [1], Flip = false }, compute);
        var labeller = new PseudoLabeller(options.Labelling);
        var looks = new List<(double Look, double Finish)>();
        foreach (TaggedImage image in images)
        {
            if (looks.Count == TrialLooks) break;
            cancellation.ThrowIfCancellationRequested();
            long reading = Stopwatch.GetTimestamp();
            if (PictureGroup.Read([image]).FirstOrDefault() is not { } group) continue;
            Picture picture = group.Pictures[0];
            long looking = Stopwatch.GetTimestamp();
            ActivationMap map = mapper.Map([picture], [[0]])[0];
            long labelling = Stopwatch.GetTimestamp();
            labeller.Label(Resampler.Resize(picture, map.Width, map.Height), map);
            var (width, height) = Augmentation.FitLongerSide(picture.Width, picture.Height, size);
            looks.Add((Stopwatch.GetElapsedTime(looking, labelling).TotalSeconds / Megapixels(width, height),
                Stopwatch.GetElapsedTime(reading, looking).TotalSeconds + Stopwatch.GetElapsedTime(labelling).TotalSeconds));
        }
        if (looks.Count == 0) throw new RcaException($"None of {images.Length} train pictures of {data.Root} that were tried can be read. './rca check {data.Root}' explains what was found.");
        // The first look warms up, too.
        return new MachineSpeed(step, looks.Min(static item => item.Look), looks.Min(static item => item.Finish));
    }

    private static double Megapixels(int width, int height) => width * (double)height / 1e6;
}
