using System.Diagnostics;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Labelling;

namespace Rca.Pipelines;

/// <summary>How long a machine takes for each part of the work with a certain network and certain pictures.</summary>
/// <param name="StepSeconds">A training step, for each picture and million pixels that the network sees of it.</param>
/// <param name="LookSeconds">Seconds of a forward pass, for each million pixels that the network sees.</param>
/// <param name="FinishSeconds">Reading a picture and refining its mask with the CRF, several side by side, without the network, for each picture.</param>
public sealed record MachineSpeed(double StepSeconds, double LookSeconds, double FinishSeconds)
{
    private const int TrialSize = 224, TrialBatch = 8;

    /// <summary>Steps in an epoch of the trial, so that pictures are read beside the steps as in a real one.</summary>
    private const int TrialSteps = 2;

    /// <summary>Seconds that the steps of a trial take at least, the first epoch aside.</summary>
    private const double TrialSeconds = 3;

    /// <summary>Trains the network of these settings on a few of the pictures for some seconds, and then discards it.</summary>
    /// <exception cref="RcaException">The pictures cannot be read.</exception>
    public static MachineSpeed Measure(TaggedDataset data, PipelineOptions options, Compute compute, CancellationToken cancellation)
    {
        TaggedImage[] images = [.. TaggedDataset.Spread(data.Of(Split.Train), TrialBatch)];
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
        var (look, finish) = (0.0, 0.0);
        for (int pass = 0; pass < 2; pass++) // the first warms up
        {
            cancellation.ThrowIfCancellationRequested();
            long reading = Stopwatch.GetTimestamp();
            PictureGroup[] groups = [.. PictureGroup.Read(images)];
            Picture[] pictures = [.. groups.SelectMany(static group => group.Pictures)];
            if (pictures.Length == 0) throw new RcaException($"None of {images.Length} train pictures of {data.Root} that were tried can be read. './rca check {data.Root}' explains what was found.");
            long looking = Stopwatch.GetTimestamp();
            ActivationMap[] maps = [.. groups.SelectMany(group => mapper.Map(group.Pictures, [.. group.Pictures.Select(static _ => (IReadOnlyList<int>)[0])]))];
            long labelling = Stopwatch.GetTimestamp();
            Workers.SideBySide(pictures.Length, cancellation, (i, threads) => labeller.Label(maps[i].Match(pictures[i]), maps[i], saliency: null, threads));
            look = Stopwatch.GetElapsedTime(looking, labelling).TotalSeconds / pictures.Sum(picture => Seen(picture, size));
            finish = (Stopwatch.GetElapsedTime(reading, looking) + Stopwatch.GetElapsedTime(labelling)).TotalSeconds / pictures.Length;
        }
        return new MachineSpeed(step, look, finish);
    }

    /// <summary>Million pixels that the network sees of a picture.</summary>
    private static double Seen(Picture picture, int size)
    {
        var (width, height) = Augmentation.FitLongerSide(picture.Width, picture.Height, size);
        return Megapixels(width, height);
    }

    private static double Megapixels(int width, int height) => width * (double)height / 1e6;
}
