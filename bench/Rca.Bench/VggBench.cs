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
    private const int Rounds = 5, PublicBatch = 2, CrfLabels = 3;
    private static readonly BenchmarkSettings Settings = new() { Masks = 1 };

    /// <summary>The paper's step; beside the same in Python, and beside the public code's, whose larger batches would not fit the memory.</summary>
    public static void Paper(PythonPeer peer) => Run((data, compute) =>
    {
        ClassificationOptions options = Preset.Named("voc-paper-vgg16").Classification;
        using PythonConversation plain = peer.Converse("paper", $"{options.BatchSize}"), published = peer.Converse("public", $"{PublicBatch}");
        Train(data, options, compute, [($"paper, batch of {options.BatchSize}", plain), ($"beside public code, batch of {PublicBatch}", published)]);
    });

    /// <summary>The step of the public code's model, here and there.</summary>
    public static void Released(PythonPeer peer) => Run((data, compute) =>
    {
        using PythonConversation published = peer.Converse("public", $"{PublicBatch}");
        Train(data, Preset.Named("voc-released").Classification with { BatchSize = PublicBatch, AccumulateMaps = false }, compute, [($"released, batch of {PublicBatch}", published)]);
    });

    /// <summary>A picture of 500×375 at four scales, mirrored, refined and written; beside the network and the CRF there.</summary>
    public static void Label(PythonPeer peer, PythonPeer crf) => Run((data, compute) =>
    {
        CrfScene.Write(data.Folder, SyntheticScene.Create(Settings.Width, Settings.Height, CrfLabels, seed: 1));
        Cost refinement = crf.Measure(data.Folder, $"{Settings.Width}", $"{Settings.Height}", $"{CrfLabels}");
        Console.WriteLine($"of the peer's, the CRF takes {Turns.Show(refinement.Wall)}");
        PeakMemory.Reset();
        using var labelling = new PictureLabelling(data, Settings, compute);
        using PythonConversation network = peer.Converse("label", "1");
        Compare(() => labelling.Label(), pictures: 1, refinement, [("labelling", network)]);
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

    private static void Train(BenchmarkData data, ClassificationOptions options, Compute compute, (string Name, PythonConversation Peer)[] peers)
    {
        PeakMemory.Reset();
        using var run = new TrainingSteps(data, options, compute, CancellationToken.None);
        Compare(() => run.Step(), options.BatchSize, extra: default, peers);
        // The first peer makes the same network; another may be the public code's.
        using var model = new ClassificationModel(VocClasses.Names.Count, options);
        Turns.Agree("weights", Math.Abs(model.Parameters().Sum(static item => item.Value.Count) - peers[0].Peer.Opening[0]), 0);
    }

    /// <summary>Rounds in which every side makes a step.</summary>
    /// <param name="step">The step here.</param>
    /// <param name="pictures">How many pictures it takes.</param>
    /// <param name="extra">What the peers' steps leave out.</param>
    /// <param name="peers">The other sides.</param>
    private static void Compare(Action step, int pictures, Cost extra, (string Name, PythonConversation Peer)[] peers)
    {
        step();
        var here = new List<Cost>();
        var there = peers.Select(static _ => new List<double[]>()).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            here.Add(Turns.Measure(step));
            foreach (var (peer, figures) in peers.Zip(there)) figures.Add(peer.Peer.Step());
        }
        double memory = PeakMemory.Mebibytes;
        Cost median = Turns.Median(here);
        foreach (var ((name, peer), figures) in peers.Zip(there))
        {
            Cost other = Turns.Median([.. figures.Select(static f => new Cost(f[0], f[1]))]);
            Turns.Row(name, new Cost(median.Wall / pictures, median.Processor / pictures), new Cost(other.Wall + extra.Wall, other.Processor + extra.Processor));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"  peak of resident memory, MiB",-40}{memory,12:F0}{figures[^1][2],12:F0}{figures[^1][2] / memory,12:F2}"));
        }
    }
}
