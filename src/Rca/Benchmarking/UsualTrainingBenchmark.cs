using Rca.Classification;
using Rca.Runs;

namespace Rca.Benchmarking;

/// <summary>A training step with the settings that <c>train</c> has unless told otherwise, beside plain CAM and beside all parts of the method.</summary>
internal sealed class UsualTrainingBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    public double Seconds => 3 * settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        ClassificationOptions usual = settings.Usual;
        BenchmarkRow plain = Row("plain CAM", usual.AsCam());
        yield return plain;
        yield return WithShare(Row("as usual", usual));
        yield return WithShare(Row("all of RCA", usual with { Contrast = true, Aggregation = true }));

        BenchmarkRow Row(string method, ClassificationOptions options) =>
            TrainingSteps.Measure(meter, $"train: {usual.Backbone} at {usual.Size}, {method}", settings.ShortSeconds, data, options, compute).Row;

        BenchmarkRow WithShare(BenchmarkRow row) => row with { Note = FormattableString.Invariant($"{row.Seconds / plain.Seconds:F2} times plain CAM") };
    }
}
