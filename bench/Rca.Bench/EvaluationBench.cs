using Rca.Benchmarking;
using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging;

namespace Rca.Bench;

/// <summary>The confusion matrix of 1,449 pairs of masks of 500×375 from palette PNG files, as many as VOC 2012 has for validation.</summary>
internal static class EvaluationBench
{
    private const int Masks = 1449, Rounds = 5, Width = 500, Height = 375;

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["truth"]);
        Directory.CreateDirectory(folder["prediction"]);
        Parallel.For(0, Masks, i =>
        {
            var (truth, prediction) = SyntheticMasks.Pair(Width, Height, seed: i);
            LabelFile.Write(folder[$"truth/{i:D4}.png"], truth);
            LabelFile.Write(folder[$"prediction/{i:D4}.png"], prediction);
        });
        EvaluationReport Here() => MaskEvaluation.Run(folder["prediction"], folder["truth"], VocClasses.Names);
        double[] there = peer.Run(folder["prediction"], folder["truth"]);
        Turns.Agree("mean IoU", Math.Abs(Here().MeanIou!.Value - there[2]), 1e-12);
        Turns.Agree("pixels counted", Math.Abs(Here().CountedPixels - there[3]), 0);
        Turns.Header($"comparing {Masks} pairs of masks");
        var medians = Turns.Medians(Rounds, () => Turns.Measure(() => Here()), () => peer.Measure(folder["prediction"], folder["truth"]));
        Turns.Row("from files to the matrix", medians.Here, medians.There);
    }
}
