using Rca.Classification;
using Rca.Data;
using Rca.Imaging;
using Rca.Labelling;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Benchmarking;

/// <summary>A picture labelled by the paper's network, from its file to that of its pseudo label.</summary>
internal sealed class LabellingBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    public double Seconds => settings.LongSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        TorchRuntime.Seed(1);
        using var model = new ClassificationModel(VocClasses.Names.Count, settings.Published);
        compute.Place(model);
        LabellingOptions options = settings.Labelling;
        var mapper = new ActivationMapper(model, compute, new MultiScale(settings.Published.Size, options.Scales, options.Flip));
        var labeller = new PseudoLabeller(options);
        TaggedImage image = data.Images(1)[0];
        string name = $"label: {settings.Published.Backbone}, {options.Scales.Count} scales{(options.Flip ? ", mirrored" : "")}";
        double[][] runs = meter.Repeat(name, settings.LongSeconds, () =>
        {
            Picture? picture = null;
            ActivationMap? map = null;
            double reading = Meter.Seconds(() => picture = PictureFile.ReadRgb(image.Path));
            double network = Meter.Seconds(() => map = mapper.Map([picture!], [image.Tags])[0]);
            double rest = reading + Meter.Seconds(() => LabelFile.Write(Path.Combine(data.Folder, "label.png"), labeller.Label(picture!, map!)));
            return [network + rest, network, rest];
        });
        yield return BenchmarkRow.Of(name, "picture", runs.Select(static run => run[0]));
        yield return BenchmarkRow.Of("  of it the network", "picture", runs.Select(static run => run[1]));
        yield return BenchmarkRow.Of("  of it reading, CRF and writing", "picture", runs.Select(static run => run[2]));
    }
}
