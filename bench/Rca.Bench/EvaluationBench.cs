using Rca.Benchmarks;
using Rca.Data.Voc;
using Rca.Evaluation;

namespace Rca.Bench;

/// <summary>The confusion matrix of 1,449 pairs of masks of 500×375 from palette PNG files, as many as VOC 2012 has for validation.</summary>
internal static class EvaluationBench
{
    private const int Masks = 1449, Rounds = 5;

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        var data = new BenchmarkData(folder.Path, new BenchmarkSettings { Masks = Masks }, CancellationToken.None);
        EvaluationReport Here() => MaskEvaluation.Run(data.Prediction, data.Truth, VocClasses.Names);
        double[] there = peer.Run(data.Prediction, data.Truth);
        Turns.Agree("mean IoU", Math.Abs(Here().MeanIou!.Value - there[2]), 1e-12);
        Turns.Agree("pixels counted", Math.Abs(Here().CountedPixels - there[3]), 0);
        Turns.Header($"comparing {Masks} pairs of masks");
        var medians = Turns.Medians(Rounds, () => Turns.Measure(() => Here()), () => peer.Measure(data.Prediction, data.Truth));
        Turns.Row("from files to the matrix", medians.Here, medians.There);
    }
}
