using System.Globalization;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Folder;
using Rca.Data.Loading;
using Rca.Data.Voc;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>How cost grows with the number of pictures and of classes, with 1.5 tags for a picture.</summary>
internal static class ScalingOfData
{
    private const int Side = 32, UsualClasses = 20, BatchSize = 16, MethodPictures = 4, MethodSide = 368 / 8, Collection = 10_000, FillAtOnce = 500;
    private const double Seconds = 0.5, NumberBytes = sizeof(float);

    /// <summary>From 100 pictures to 10,000: what is done once for each of them, in milliseconds for 1,000.</summary>
    public static void Pictures(string folder, Meter meter, Compute compute)
    {
        const string load = "load the folder", check = "check it", input = "an epoch of input", evaluate = "compare masks", update = "memory, update", keys = "memory, keys", cluster = "K-means";
        var table = new ScalingTable("pictures", load, check, input, evaluate, update, keys, cluster);
        using var data = new TemporaryFolder();
        foreach (string part in (string[])["images", "truth", "prediction"]) Directory.CreateDirectory(data[part]);
        var options = new ClassificationOptions { Size = Side, BatchSize = BatchSize, ScoreGate = 0 };
        int channels, drawn = 0;
        using (var model = new ClassificationModel(UsualClasses, options)) channels = model.Channels;
        foreach (int count in (int[])[100, 300, 1000, 3000, Collection])
        {
            Draw(data, drawn, count);
            drawn = count;
            IReadOnlyList<TaggedImage> images = FolderDataset.Load(data.Path).Images;
            var loader = new BatchLoader(images, compute, options.Augmentation, BatchSize, seed: 1);
            using var outer = new TensorScope();
            using RegionalMemory memory = Memory(UsualClasses, channels, count, options);
            using Tensor noise = Noise(2 * BatchSize, channels);
            double[] seconds =
            [
                Measure(() => FolderDataset.Load(data.Path)),
                Measure(() => DatasetCheck.Run(data.Path)),
                Measure(() =>
                {
                    foreach (TrainingBatch batch in loader.Epoch(0, meter.Cancellation)) batch.Dispose();
                }),
                Measure(() => MaskEvaluation.Run(data["prediction"], data["truth"], VocClasses.Names)),
                Measure(() => Fill(memory, UsualClasses, count, BatchSize, noise)),
                Measure(() =>
                {
                    for (int step = 0; step < loader.StepsPerEpoch; step++)
                    {
                        using var scope = new TensorScope();
                        memory.Keys();
                    }
                }),
                Measure(() => Cluster(memory, UsualClasses, channels, options.Prototypes)),
            ];
            table.Add(count.ToString("N0", CultureInfo.InvariantCulture), [.. seconds.Select(each => each * 1e6 / count)]);
        }
        ScalingPlot.Write(Path.Combine(folder, "scaling-pictures.svg"),
            table.Relative("Files: cost of a picture, 1 = that among 10,000", ^1, load, check, input, evaluate),
            table.Relative("Memory: cost of a picture, 1 = that among 10,000", ^1, update, keys, cluster));

        double Measure(Action run) => meter.Repeat("", "", Seconds, 1, run).Seconds;
    }

    /// <summary>From 10 classes to 1,000: what the method adds to a step of VGG16 at 368, with the memory that 10,000 pictures fill.</summary>
    public static void Classes(string folder, Meter meter)
    {
        var options = new ClassificationOptions { Backbone = "vgg16", Width = 1, Aggregation = true, ScoreGate = 0 };
        const int channels = 512;
        double network = ContrastBench.Step();
        Console.WriteLine(FormattableString.Invariant($"\nstep of VGG16 at 368: {network:F2} s for a picture"));
        const string contrast = "contrast and memory, %", gather = "gathering, %", together = "together, %";
        var table = new ScalingTable("classes", "regions for a class", "memory, MiB", "contrast and memory, ms", "gathering, ms", "K-means, ms for a picture", contrast, gather, together);
        foreach (int classes in (int[])[10, 20, 80, 200, 1000])
        {
            using var outer = new TensorScope();
            using RegionalMemory memory = Memory(classes, channels, Collection, options);
            using (Tensor noise = Noise(2 * FillAtOnce, channels)) Fill(memory, classes, Collection, FillAtOnce, noise);
            using var aggregation = new PrototypeAggregation(classes, channels, options);
            double clustering = meter.Repeat("", "", Seconds, Collection, () =>
            {
                using var scope = new TensorScope();
                var (centres, present) = Cluster(memory, classes, channels, options.Prototypes);
                aggregation.SetPrototypes(centres, present);
            }).Seconds;
            Tensor features = Noise(MethodPictures, channels, MethodSide, MethodSide), maps = Noise(MethodPictures, classes, MethodSide, MethodSide);
            using Tensor g = Noise(MethodPictures, channels, MethodSide, MethodSide).WithGrad();
            int[] images = [.. Enumerable.Range(0, MethodPictures)];
            IReadOnlyList<int>[] tags = [.. images.Select(i => Tags(i, classes))];
            double contrasting = meter.Repeat("", "", 2 * Seconds, MethodPictures, () =>
            {
                using var scope = new TensorScope();
                MethodStep.Make(memory, tags, images, features, maps, g, options);
            }).Seconds;
            double gathering = meter.Repeat("", "", 2 * Seconds, MethodPictures, () =>
            {
                using var scope = new TensorScope();
                aggregation.Gather(features, maps);
            }).Seconds;
            double slots = SlotsPerClass(classes, Collection, options);
            double[] costs = [contrasting, gathering, contrasting + gathering + clustering];
            table.Add(classes.ToString("N0", CultureInfo.InvariantCulture),
            [
                slots, 2 * classes * slots * channels * NumberBytes / (1 << 20), contrasting * 1e3, gathering * 1e3, clustering * 1e3, .. costs.Select(each => 100 * each / network),
            ]);
        }
        ScalingPlot.Write(Path.Combine(folder, "scaling-classes.svg"), table.Chart("Share of the step of VGG16 at 368, %", contrast, gather, together));
    }

    private static (Tensor Centres, Tensor Present) Cluster(RegionalMemory memory, int classes, int channels, int prototypes)
    {
        var (vectors, used) = memory.Vectors();
        return PrototypeClustering.Cluster(vectors, used, (Tensor.Zeros([classes, prototypes, channels]), Tensor.Zeros([classes, prototypes])), new Random(1));
    }

    /// <summary>As many regions for a class as the trainer keeps.</summary>
    private static int SlotsPerClass(int classes, int pictures, ClassificationOptions options) =>
        RegionalMemory.SlotsFor(options, Enumerable.Range(0, pictures).Select(i => Tags(i, classes)));

    private static RegionalMemory Memory(int classes, int channels, int pictures, ClassificationOptions options) =>
        RegionalMemory.Create(classes, channels, options with { MemorySize = SlotsPerClass(classes, pictures, options) }, Device.Cpu);

    /// <summary>An epoch of updates, without the network: regions of one position each.</summary>
    private static void Fill(RegionalMemory memory, int classes, int pictures, int together, Tensor noise)
    {
        foreach (int[] images in Enumerable.Range(0, pictures).Chunk(together))
        {
            using var scope = new TensorScope();
            var regions = Regions.Find(Tensor.Zeros([images.Length, classes, 1, 1]), [.. images.Select(i => Tags(i, classes))]);
            Tensor vectors = noise.Narrow(0, 0, regions.Count);
            memory.Update(regions, images, Tensor.Zeros([images.Length, classes]), vectors, vectors);
        }
    }

    private static Tensor Noise(params long[] shape) => MethodStep.Noise(Device.Cpu, shape);

    /// <summary>One tag or two, in turns.</summary>
    private static int[] Tags(int i, int classes) => i % 2 == 0 ? [i * 3 / 2 % classes] : [.. new[] { i * 3 / 2 % classes, (i * 3 / 2 + 1) % classes }.Order()];

    /// <summary>Adds pictures of noise and pairs of masks to those that are there, and names all in tags.csv.</summary>
    private static void Draw(TemporaryFolder data, int from, int to)
    {
        Parallel.For(from, to, i =>
        {
            var picture = new Picture(Side, Side, 3);
            new Random(i).NextBytes(picture.Pixels);
            PictureFile.WriteJpeg(data[$"images/{i:D5}.jpg"], picture);
            var (truth, prediction) = SyntheticMasks.Pair(Side, Side, seed: i);
            LabelFile.Write(data[$"truth/{i:D5}.png"], truth);
            LabelFile.Write(data[$"prediction/{i:D5}.png"], prediction);
        });
        File.WriteAllLines(data[TagsFile.Name], Enumerable.Range(0, to).Select(static i => $"{i:D5}.jpg,{string.Join(';', Tags(i, UsualClasses).Select(static l => $"c{l:D2}"))}").Prepend("image,tags"));
    }
}
