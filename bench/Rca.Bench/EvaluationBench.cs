using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging;

namespace Rca.Bench;

/// <summary>The confusion matrix of 1,449 pairs of masks of 500×375 from palette PNG files, as many as VOC 2012 has for validation.</summary>
internal static class EvaluationBench
{
    private const int Masks = 1449, Rounds = 5, Width = 500, Height = 375, Border = 5;

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["truth"]);
        Directory.CreateDirectory(folder["prediction"]);
        Parallel.For(0, Masks, i =>
        {
            var (truth, prediction) = Pair(new Random(i));
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

    /// <summary>One to four ellipses with a border of ignored pixels as in VOC, and a prediction that is off by up to 20 pixels.</summary>
    private static (LabelMap Truth, LabelMap Prediction) Pair(Random random)
    {
        LabelMap truth = new(Width, Height), prediction = new(Width, Height);
        for (int objects = random.Next(1, 5); objects > 0; objects--)
        {
            var label = (ushort)random.Next(1, VocClasses.Names.Count + 1);
            double x = random.Next(Width), y = random.Next(Height), width = random.Next(20, 200), height = random.Next(20, 150);
            Draw(truth, x, y, width + Border, height + Border, LabelMap.Ignore);
            Draw(truth, x, y, width, height, label);
            Draw(prediction, x + random.Next(-20, 21), y + random.Next(-20, 21), width * (0.9 + 0.2 * random.NextDouble()), height, label);
        }
        return (truth, prediction);
    }

    private static void Draw(LabelMap map, double centreX, double centreY, double radiusX, double radiusY, ushort label)
    {
        for (int y = 0; y < Height; y++)
        {
            double share = (y - centreY) / radiusY, half = radiusX * Math.Sqrt(Math.Max(0, 1 - share * share));
            int from = Math.Clamp((int)(centreX - half), 0, Width), to = Math.Clamp((int)(centreX + half), 0, Width);
            map.Labels.AsSpan(y * Width + from, to - from).Fill(label);
        }
    }
}
