using Rca.Computing;
using Rca.Labelling;

namespace Rca.Benchmarks;

/// <summary>Labelling with the paper's network.</summary>
internal sealed class LabellingBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    public double Seconds => settings.LongSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        using var labelling = new PictureLabelling(data, settings, compute);
        LabellingOptions options = settings.Labelling;
        string name = $"label: {settings.Published.Backbone}, {options.Scales.Count} scales{(options.Flip ? ", mirrored" : "")}";
        double[][] runs = meter.Repeat(name, settings.LongSeconds, labelling.Label);
        yield return BenchmarkRow.Of(name, "picture", runs.Select(static run => run[0])) with { Note = labelling.Compute };
        yield return BenchmarkRow.Of("  of it the network", "picture", runs.Select(static run => run[1]));
        yield return BenchmarkRow.Of("  of it reading, CRF and writing", "picture", runs.Select(static run => run[2]));
    }
}
