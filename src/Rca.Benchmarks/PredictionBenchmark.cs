using Rca.Computing;
using Rca.Data;
using Rca.Data.Voc;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Benchmarks;

/// <summary>What a user of <c>predict</c> waits for: the network's file, then one picture from its file to that of its mask.</summary>
internal sealed class PredictionBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    public double Seconds => 3 * settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        var run = new RunFolder(Path.Combine(data.Folder, "segmentation"));
        TaggedImage[] images = data.Images(2);
        // A step, for a file of weights as a real run leaves it.
        SegmentationRun.Train(
            new TaggedDataset(data.Folder, VocClasses.Names, images, []), data.Truth, run, settings.Segmentation with { Epochs = 1, BatchSize = images.Length }, compute,
            cancellation: meter.Cancellation);
        string network = $"predict: {settings.Segmentation.Backbone} at {settings.Segmentation.Size}";
        yield return meter.Repeat($"{network}, load", "start", settings.ShortSeconds, 1, () => Segmenter.Load(run, settings.Prediction, compute).Dispose());

        yield return Predict($"{network}, no CRF", settings.Prediction with { Crf = null });
        yield return Predict(network, settings.Prediction);

        BenchmarkRow Predict(string name, PredictionOptions options)
        {
            using Segmenter segmenter = Segmenter.Load(run, options, compute);
            return meter.Repeat(name, "picture", settings.ShortSeconds, 1, () =>
            {
                LabelMap mask = segmenter.Predict([PictureFile.ReadRgb(images[0].Path)])[0];
                LabelFile.Write(Path.Combine(data.Folder, "mask.png"), mask);
            });
        }
    }
}
