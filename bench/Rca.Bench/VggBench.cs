using System.Globalization;
using Rca.Benchmarking;
using Rca.Classification;
using Rca.Data;
using Rca.Presets;
using Rca.Runs;

namespace Rca.Bench;

/// <summary>
/// VGG16 at the published size: training steps of the paper's method and of the public code, and labelling a picture from file to file. Beside
/// Python's torch, in float32 there, at this machine's usual precision here and in float32 too where that is another.
/// </summary>
internal static class VggBench
{
    private const int PublicBatch = 2, CrfLabels = 3;
    private static readonly BenchmarkSettings Settings = new() { Masks = 1 };

    /// <summary>The paper's step; beside the same in Python, and beside the public code's, whose larger batches would not fit the memory.</summary>
    public static void Paper(PythonPeer peer)
    {
        ClassificationOptions options = Preset.Named("voc-paper-vgg16").Classification;
        Run((data, compute) =>
        {
            var (here, memory, weights) = Step(data, options, compute);
            double[] plain = peer.Run("paper", $"{options.BatchSize}", "2"), published = peer.Run("public", $"{PublicBatch}", "2");
            Turns.Agree("weights", Math.Abs(weights - plain[3]), 0);
            Show($"paper, batch of {options.BatchSize}", here, memory, plain);
            Show($"beside public code, batch of {PublicBatch}", here, memory, published);
        });
    }

    /// <summary>The step of the public code's model, here and there.</summary>
    public static void Released(PythonPeer peer)
    {
        ClassificationOptions options = Preset.Named("voc-released").Classification with { BatchSize = PublicBatch, AccumulateMaps = false };
        Run((data, compute) =>
        {
            var (here, memory, weights) = Step(data, options, compute);
            double[] there = peer.Run("public", $"{PublicBatch}", "2");
            Turns.Agree("weights", Math.Abs(weights - there[3]), 0);
            Show($"released, batch of {PublicBatch}", here, memory, there);
        });
    }

    /// <summary>A picture of 500×375 at four scales, mirrored, refined and written; beside the network and the CRF there.</summary>
    public static void Label(PythonPeer peer, PythonPeer crf) => Run((data, compute) =>
    {
        var (here, memory) = Label(data, compute);
        double[] network = peer.Run("label", "1", "3");
        CrfScene.Write(data.Folder, SyntheticScene.Create(Settings.Width, Settings.Height, CrfLabels, seed: 1));
        Cost refinement = crf.Measure(data.Folder, $"{Settings.Width}", $"{Settings.Height}", $"{CrfLabels}");
        Console.WriteLine($"of the peer's, the CRF takes {Turns.Show(refinement.Wall)}");
        Show("labelling", here, memory, [network[0] + refinement.Wall, network[1] + refinement.Processor, network[2]]);
    });

    private static void Run(Action<BenchmarkData, Compute> compare)
    {
        using var folder = new TemporaryFolder();
        var data = new BenchmarkData(folder.Path, Settings, CancellationToken.None);
        var usual = new Compute("cpu");
        foreach (Compute compute in usual.MixedPrecision ? [new Compute("cpu", Precision.Fp32), usual] : new[] { usual })
        {
            Turns.Header($"a picture, {compute}");
            compare(data, compute);
        }
    }

    private static (Cost Cost, double Memory, long Weights) Step(BenchmarkData data, ClassificationOptions options, Compute compute)
    {
        PeakMemory.Reset();
        using var run = new TrainingSteps(data, options, compute, CancellationToken.None);
        run.Step();
        Cost median = Turns.Median([.. Enumerable.Range(0, 3).Select(_ => Turns.Measure(() => run.Step()))]);
        double memory = PeakMemory.Mebibytes;
        using var model = new ClassificationModel(VocClasses.Names.Count, options);
        return (new Cost(median.Wall / options.BatchSize, median.Processor / options.BatchSize), memory, model.Parameters().Sum(static item => item.Value.Count));
    }

    private static (Cost Cost, double Memory) Label(BenchmarkData data, Compute compute)
    {
        PeakMemory.Reset();
        using var labelling = new PictureLabelling(data, Settings, compute);
        labelling.Label();
        return (Turns.Median([.. Enumerable.Range(0, 3).Select(_ => Turns.Measure(() => labelling.Label()))]), PeakMemory.Mebibytes);
    }

    private static void Show(string name, Cost here, double memory, double[] there)
    {
        Turns.Row(name, here, new Cost(there[0], there[1]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"  peak of resident memory, MiB",-40}{memory,12:F0}{there[2],12:F0}{there[2] / memory,12:F2}"));
    }
}
