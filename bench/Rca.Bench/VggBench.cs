using System.Globalization;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Voc;
using Rca.Labelling;
using Rca.Presets;

namespace Rca.Bench;

/// <summary>
/// VGG16 at the published size: training steps of the paper's method and of the public code, and labelling a picture from file to file. Beside
/// Python's torch; on a processor in float32 there, here in float32 and, where the hardware has it, in bfloat16 too. With a libtorch for
/// CUDA both sides are on it, in float32 and in bfloat16.
/// </summary>
internal static class VggBench
{
    private const int Rounds = 5, CrfLabels = 3, PicturesOnCuda = 128, WarmUpOnCuda = 40;
    private static readonly BenchmarkSettings Settings = new() { Masks = 1 };

    /// <summary>The paper's step; beside the same in Python, and beside the public code's, whose larger batches would not fit the memory.</summary>
    public static void Paper(PythonPeer peer) => Run((data, compute) =>
    {
        ClassificationOptions options = Preset.Named("voc-paper-vgg16").Classification;
        int batch = PublicBatch(compute);
        using PythonConversation plain = Converse(peer, "paper", options.BatchSize, compute), published = Converse(peer, "public", batch, compute);
        Train(data, options, compute, [($"paper, batch of {options.BatchSize}", plain), ($"beside public code, batch of {batch}", published)]);
    });

    /// <summary>The step of the public code's model, here and there.</summary>
    public static void Released(PythonPeer peer) => Run((data, compute) =>
    {
        int batch = PublicBatch(compute);
        using PythonConversation published = Converse(peer, "public", batch, compute);
        Train(data, Preset.Named("voc-released").Classification with { BatchSize = batch, AccumulateMaps = false }, compute, [($"released, batch of {batch}", published)]);
    });

    /// <summary>A picture of 500×375 at four scales, mirrored, refined and written; beside the network and the CRF there.</summary>
    public static void Label(PythonPeer peer, PythonPeer crf) => Run((data, compute) =>
    {
        if (compute.Device.IsCuda)
        {
            LabelOnCuda(peer, data, compute);
            return;
        }
        CrfScene.Write(data.Folder, SyntheticScene.Create(Settings.Width, Settings.Height, CrfLabels, seed: 1));
        Cost refinement = crf.Measure(data.Folder, $"{Settings.Width}", $"{Settings.Height}", $"{CrfLabels}");
        Console.WriteLine($"of the peer's, the CRF takes {Turns.Show(refinement.Wall)}");
        PeakMemory.Reset();
        using var labelling = new PictureLabelling(data, Settings, compute);
        using PythonConversation network = Converse(peer, "label", 1, compute);
        Compare(() => labelling.Label(), pictures: 1, refinement, [("labelling", network)], compute);
    });

    /// <summary>The network beside the same there; and a whole run over many pictures, whose CRF the processors do meanwhile.</summary>
    private static void LabelOnCuda(PythonPeer peer, BenchmarkData data, Compute compute)
    {
        using (var labelling = new PictureLabelling(data, Settings, compute))
        using (PythonConversation network = Converse(peer, "label", 1, compute))
        {
            for (int i = 0; i < WarmUpOnCuda; i++) labelling.Label(); // resizing pictures takes a few calls to be compiled well, and is much of the time here
            var rounds = Enumerable.Range(0, Rounds).Select(_ => (Here: labelling.Label()[1], There: network.Step()[0])).ToArray();
            double alone = Turns.Median([.. rounds.Select(static round => round.Here)]);
            Turns.Row("labelling, the network for one picture", alone, Turns.Median([.. rounds.Select(static round => round.There)]));
        }
        using var classifier = new Classifier(new ClassificationModel(VocClasses.Names.Count, Settings.Published), VocClasses.Names, Settings.Published, compute);
        classifier.Compute.Place(classifier.Model);
        foreach (bool crf in (bool[])[false, true])
        {
            LabellingOptions options = crf ? Settings.Labelling : Settings.Labelling with { Crf = null };
            var run = new LabellingRun(classifier, options, new LabellingFolders());
            TaggedImage[] images = data.Images(PicturesOnCuda);
            run.Run(images[..16], Path.Combine(data.Folder, "labels"));
            double seconds = run.Run(images, Path.Combine(data.Folder, "labels")).Seconds / images.Length;
            Console.WriteLine($"{PicturesOnCuda} pictures labelled, {(crf ? "with" : "without")} the CRF: {Turns.Show(seconds)} a picture");
        }
    }

    /// <summary>A processor's memory does not hold more of the public code's.</summary>
    private static int PublicBatch(Compute compute) => compute.Device.IsCuda ? 8 : 2;

    private static PythonConversation Converse(PythonPeer peer, string kind, int batch, Compute compute)
    {
        bool cuda = compute.Device.IsCuda;
        int steps = cuda && kind != "label" ? TrainingSteps.TogetherOnCuda : 1;
        return peer.Converse(kind, $"{batch}", cuda ? "cuda" : "cpu", cuda && compute.MixedPrecision ? "bf16" : "fp32", $"{steps}");
    }

    private static void Run(Action<BenchmarkData, Compute> compare)
    {
        using var folder = new TemporaryFolder();
        var data = new BenchmarkData(folder.Path, Settings, CancellationToken.None);
        var usual = new Compute();
        foreach (Compute compute in usual.MixedPrecision ? [new Compute(precision: Precision.Fp32), new Compute(precision: Precision.Bf16)] : new[] { usual })
        {
            Turns.Header($"a picture, {compute}");
            compare(data, compute);
        }
    }

    private static void Train(BenchmarkData data, ClassificationOptions options, Compute compute, (string Name, PythonConversation Peer)[] peers)
    {
        PeakMemory.Reset();
        using var run = new TrainingSteps(data, options, compute, CancellationToken.None);
        var waiting = new List<double>();
        Compare(() => waiting.Add(run.Run() is [var all, var input] ? input / all : 0), options.BatchSize * run.Together, extra: default, peers, compute);
        Console.WriteLine(FormattableString.Invariant($"{"  waiting for input",-40}{Turns.Median([.. waiting.Skip(1)]),12:P2}")); // but for the warm-up
        // The first peer makes the same network; another may be the public code's.
        using var model = new ClassificationModel(VocClasses.Names.Count, options);
        Turns.Agree("weights", Math.Abs(model.Parameters().Sum(static item => item.Value.Count) - peers[0].Peer.Opening[0]), 0);
    }

    /// <summary>Rounds in which every side has its turn.</summary>
    /// <param name="step">The turn here.</param>
    /// <param name="pictures">How many pictures it takes.</param>
    /// <param name="extra">What the peers' steps leave out.</param>
    /// <param name="peers">The other sides.</param>
    /// <param name="compute">Where all of them are.</param>
    private static void Compare(Action step, int pictures, Cost extra, (string Name, PythonConversation Peer)[] peers, Compute compute)
    {
        bool cuda = compute.Device.IsCuda;
        step();
        var here = new List<Cost>();
        var there = peers.Select(static _ => new List<double[]>()).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            here.Add(Turns.Measure(step));
            foreach (var (peer, figures) in peers.Zip(there)) figures.Add(peer.Peer.Step());
        }
        double memory = cuda ? PeakMemory.MebibytesOnCuda(Environment.ProcessId) : PeakMemory.Mebibytes;
        Cost median = Turns.Median(here);
        foreach (var ((name, peer), figures) in peers.Zip(there))
        {
            Cost other = Turns.Median([.. figures.Select(static f => new Cost(f[0], f[1]))]);
            Turns.Row(name, new Cost(median.Wall / pictures, median.Processor / pictures), new Cost(other.Wall + extra.Wall, other.Processor + extra.Processor));
            if (cuda && compute.MixedPrecision) continue; // this process still holds what its float32 steps took
            double otherMemory = cuda ? PeakMemory.MebibytesOnCuda(peer.Id) : figures[^1][2];
            string what = cuda ? "  memory of the device, MiB" : "  peak of resident memory, MiB";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40}{memory,12:F0}{otherMemory,12:F0}{otherMemory / memory,12:F2}"));
        }
    }
}
