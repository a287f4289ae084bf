using System.Globalization;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data.Voc;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Crf;
using Rca.Imaging.Transforms;
using Rca.Labelling;
using Rca.Reporting;
using Rca.Segmentation;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>How cost grows with the side of the pictures, with their number in a step, and what a second thread brings.</summary>
internal sealed class ScalingOfSteps(string folder, BenchmarkData data, Meter meter, Compute compute)
{
    private const int SidePictures = 2, CrfLabels = 21, LeastRounds = 3, MostRounds = 9;
    private const double Seconds = 2, PublishedSeconds = 1, RoundSeconds = 3;
    private static readonly BenchmarkSettings Settings = new();

    /// <summary>From 1 picture to 32 in a step.</summary>
    public void Batches()
    {
        const string usual = "usual network at 128, ms for a picture", usualPeak = "peak MiB", published = "VGG16 at 368, s for a picture", publishedPeak = "peak MiB with VGG16";
        var table = new ScalingTable("pictures in a step", usual, usualPeak, published, publishedPeak);
        foreach (int count in (int[])[1, 2, 4, 8, 16, 32])
        {
            var (seconds, peak) = Step(Settings.Usual with { BatchSize = count }, Seconds);
            var (slow, most) = count <= 4 ? Step(Settings.Published with { BatchSize = count }, PublishedSeconds) : (double.NaN, double.NaN);
            table.Add($"{count}", seconds * 1e3, peak, slow, most);
        }
        ScalingPlot.Write(Path.Combine(folder, "scaling-batches.svg"),
            table.Relative("Cost of a picture, 1 = that of a step of one", 0, usual, published), table.Chart("Most memory resident, MiB", usualPeak, publishedPeak));
    }

    /// <summary>From a side of 128 to 1,024, for a megapixel of picture.</summary>
    public void Sides()
    {
        const string train = "train, s/MP", trainPeak = "train, peak MiB", label = "label, s/MP", labelPeak = "label, peak MiB", predict = "predict, s/MP", predictPeak = "predict, peak MiB";
        var table = new ScalingTable("side", train, trainPeak, label, "of it CRF, s/MP", labelPeak, predict, predictPeak);
        Picture scene = PictureFile.ReadRgb(data.Images(1)[0].Path);
        int classes = VocClasses.Names.Count;
        using var labels = new ClassificationModel(classes, Settings.Usual);
        compute.Place(labels);
        foreach (int side in (int[])[128, 256, 512, 1024])
        {
            double pixels = side * side / 1e6;
            Picture picture = Resampler.Resize(scene, side, side);
            var options = new LabellingOptions();
            var mapper = new ActivationMapper(labels, side, options, compute);
            var labeller = new PseudoLabeller(options);
            var predicts = new DeepLabV2(classes + 1, Settings.Segmentation);
            compute.Place(predicts);
            using var segmenter = new Segmenter(predicts, VocClasses.Names, side, Settings.Prediction with { Crf = null }, compute);
            var (training, trainingPeak) = Step(Settings.Usual with { Size = side, BatchSize = SidePictures }, Seconds);
            double labelling = 0, refining = 0, predicting = 0;
            double labellingPeak = Peak(() =>
            {
                double[][] runs = meter.Repeat("", Seconds, () =>
                {
                    ActivationMap? map = null;
                    double network = Turns.Seconds(() => map = mapper.Map([picture], [BenchmarkData.Tags(0)])[0]);
                    double crf = Turns.Seconds(() => labeller.Label(picture, map!));
                    return [network + crf, crf];
                });
                (labelling, refining) = (Turns.Median([.. runs.Select(static run => run[0])]), Turns.Median([.. runs.Select(static run => run[1])]));
            });
            double predictingPeak = Peak(() => predicting = meter.Repeat("", "", Seconds, 1, () => segmenter.Predict([picture])).Seconds);
            table.Add(side.ToString("N0", CultureInfo.InvariantCulture),
                training / pixels, trainingPeak, labelling / pixels, refining / pixels, labellingPeak, predicting / pixels, predictingPeak);
        }
        ScalingPlot.Write(Path.Combine(folder, "scaling-sides.svg"),
            table.Chart("Seconds for a megapixel", train, label, predict), table.Chart("Most memory resident, MiB", trainPeak, labelPeak, predictPeak));
    }

    /// <summary>One thread and two, taking turns.</summary>
    public void Threads()
    {
        var speedUps = new List<(string Name, double SpeedUp)>();
        Console.WriteLine("\n| | 1 thread, s | 2 threads, s | speed-up |\n|---|---|---|---|");
        foreach (int side in (int[])[64, 128, 320])
        {
            using var steps = new TrainingSteps(data, Settings.Usual with { Size = side }, compute, meter.Cancellation);
            Row($"usual network at {side}, a picture", _ => steps.Run()[0]);
        }
        using (var steps = new TrainingSteps(data, Settings.Published with { BatchSize = 1 }, compute, meter.Cancellation))
            Row("VGG16 at 368, a picture", _ => steps.Run()[0]);
        var (picture, probabilities) = SyntheticScene.Create(Settings.Width, Settings.Height, CrfLabels, seed: 1);
        Row($"dense CRF, {CrfLabels} labels", threads => Turns.Seconds(() => DenseCrf.Infer(picture, probabilities, CrfLabels, new DenseCrfOptions(), threads)));
        using (new TensorScope())
        {
            int classes = VocClasses.Names.Count, slots = Settings.Published.MemorySize, prototypes = Settings.Published.Prototypes, channels = Settings.Channels;
            Tensor vectors = Tensor.Zeros([classes, slots, channels]), used = Tensor.Full([classes, slots], 1);
            vectors.Normal_(0, 1);
            var none = (Tensor.Zeros([classes, prototypes, channels]), Tensor.Zeros([classes, prototypes]));
            Row("K-means", _ => Turns.Seconds(() => PrototypeClustering.Cluster(vectors, used, none, new Random(1))));
        }
        Chart Lines(string title, IEnumerable<(string Name, double SpeedUp)> rows) =>
            new(title, [.. rows.Select(static row => new Curve(row.Name, [new(1, 1), new(2, row.SpeedUp)]))], "threads");
        ScalingPlot.Write(Path.Combine(folder, "scaling-threads.svg"), Lines("Speed-up of training steps", speedUps.Take(4)), Lines("Speed-up of other parts", speedUps.Skip(4)));

        void Row(string name, Func<int, double> run)
        {
            int before = TorchRuntime.Threads;
            double On(int threads)
            {
                TorchRuntime.Initialize(threads);
                return run(threads);
            }
            On(1);
            int rounds = (int)Math.Clamp(RoundSeconds / Turns.Seconds(() => On(2)), LeastRounds, MostRounds);
            var (one, two) = Turns.Medians(rounds, () => On(1), () => On(2));
            TorchRuntime.Initialize(before);
            speedUps.Add((name, one / two));
            Console.WriteLine(FormattableString.Invariant($"| {name} | {one:G3} | {two:G3} | {one / two:F2} |"));
        }
    }

    /// <summary>Seconds of a step for a picture, and the peak while it was measured.</summary>
    private (double Seconds, double Peak) Step(ClassificationOptions options, double seconds)
    {
        double[][] runs = [];
        double peak = Peak(() =>
        {
            using var steps = new TrainingSteps(data, options, compute, meter.Cancellation);
            runs = meter.Repeat("", seconds, steps.Run);
        });
        return (Turns.Median([.. runs.Select(static run => run[0])]), peak);
    }

    /// <summary>The peak while it works.</summary>
    private static double Peak(Action work)
    {
        PeakMemory.Reset();
        work();
        return PeakMemory.Mebibytes;
    }
}
