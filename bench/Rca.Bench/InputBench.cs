using System.Runtime.InteropServices;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging.Codecs;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>Training pictures from JPEG files of 500×375 to normalised batches of 368²: one epoch, once the compiler has settled; and how long a training step waits.</summary>
internal static class InputBench
{
    private const int Pictures = 64, BatchSize = 16, WarmUps = 20, Rounds = 5, Epochs = 3, Size = 368;

    // The longer side becomes 320 to 640 pixels, as in public code for VOC.
    private static readonly Augmentation Plain = new(Size, 320.0 / Size, 640.0 / Size, 0, 0), Jittered = Plain with { Jitter = 0.3, Hue = 0.1 };

    private static readonly Compute Compute = new("cpu");

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, Pictures, i => PictureFile.WritePng(folder[$"{i:D3}.png"], SyntheticScene.Create(500, 375, 2, seed: i).Picture));
        peer.Run("jpeg", folder.Path);
        Check(peer, folder);
        Turns.Header($"an epoch of {Pictures} pictures");
        foreach (var (name, augmentation) in new[] { ("resize, crop, mirror", Plain), ("and jitter with hue", Jittered) })
        {
            BatchLoader loader = Loader(folder, augmentation, Pictures, BatchSize);
            for (int i = 0; i < WarmUps; i++) Epoch(loader);
            var (here, there) = Turns.Medians(
                Rounds, () => Turns.Measure(() => Epoch(loader)), () => peer.Measure("epoch", folder.Path, $"{augmentation.Jitter:F2}", $"{augmentation.Hue:F2}"));
            Turns.Row(name, here, there);
        }
        using var scenes = new TemporaryFolder();
        Parallel.For(0, 4 * Pictures, i => PictureFile.WriteJpeg(scenes[$"{i:D3}.jpg"], SyntheticScene.Create(160, 160, 2, seed: i).Picture, quality: 92));
        Wait(scenes, 4 * Pictures, 64);
        Wait(folder, Pictures, Size);
    }

    /// <summary>Share of training that is spent waiting for input, with the default network: a small one, whose steps are short.</summary>
    private static void Wait(TemporaryFolder folder, int pictures, int size)
    {
        var options = new ClassificationOptions { Size = size, BatchSize = BatchSize, Epochs = Epochs + 1, Aggregation = true };
        using var trainer = new ClassificationTrainer(1, Images(folder, pictures), options, Compute);
        trainer.TrainEpoch(0); // the first epoch compiles
        TimeSpan before = trainer.Waited;
        double seconds = Turns.Seconds(() =>
        {
            for (int epoch = 1; epoch <= Epochs; epoch++) trainer.TrainEpoch(epoch);
        });
        double waited = (trainer.Waited - before).TotalSeconds;
        int steps = Epochs * trainer.StepsPerEpoch;
        Console.WriteLine(FormattableString.Invariant(
            $"a step at {size}: {Turns.Show(seconds / steps)}, of which {waited / steps * 1e3:F1} ms waiting for input ({waited / seconds:P2})"));
    }

    /// <summary>Without chance but the mirror, both sides make the same of one picture: at most two levels of 255 apart, decoders included.</summary>
    private static void Check(PythonPeer peer, TemporaryFolder folder)
    {
        peer.Run("check", folder.Path, folder["check.raw"]);
        ReadOnlySpan<float> there = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["check.raw"])); // the picture and its mirror image
        // Enlarged to squares by FitLongerSide only where they are square, hence its own picture.
        using TrainingBatch batch = Loader(folder, Plain with { ScaleMin = 1, ScaleMax = 1 }, 1, 1, "square.jpg").Epoch(0, default).Single();
        float[] here = batch.Pictures.Values.ToArray<float>();
        double upright = Largest(here, there[..here.Length]), mirrored = Largest(here, there[here.Length..]);
        Turns.Agree("a picture, in levels of 255", Math.Min(upright, mirrored) * 255 * 0.229, 2);
    }

    private static double Largest(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++) largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }

    private static BatchLoader Loader(TemporaryFolder folder, Augmentation augmentation, int count, int batchSize, string? name = null) =>
        new(Images(folder, count, name), Compute, _ => augmentation, batchSize, seed: 1);

    private static TaggedImage[] Images(TemporaryFolder folder, int count, string? name = null) =>
        [.. Enumerable.Range(0, count).Select(i => name ?? $"{i:D3}.jpg").Select(file => new TaggedImage(file, folder[file], [0], Split.Train, MaskPath: null))];

    private static void Epoch(BatchLoader loader)
    {
        foreach (TrainingBatch batch in loader.Epoch(0, default))
        {
            using (batch)
            using (new TensorScope())
                batch.Pictures.Values.To(Compute.Device); // as the training step takes it
        }
        if (loader.Unreadable.Count > 0) throw new InvalidOperationException(loader.Unreadable.Values.First());
    }
}
