using Rca.Classification;
using Rca.Computing;

namespace Rca.Benchmarks;

/// <summary>
/// A training step with the settings that <c>train</c> has by default, beside plain CAM and beside all parts of the method; they take
/// turns, so that a busy machine is equally busy for all.
/// </summary>
internal sealed class UsualTrainingBenchmark(BenchmarkData data, BenchmarkSettings settings, Compute compute) : IBenchmark
{
    public double Seconds => 3 * settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        ClassificationOptions usual = settings.Usual;
        TrainingSteps Steps(ClassificationOptions options) => new(data, options, compute, meter.Cancellation);
        using TrainingSteps plain = Steps(usual.AsCam()), contrast = Steps(usual), whole = Steps(usual with { Contrast = true, Aggregation = true });
        string name = $"train: {usual.Backbone} at {usual.Size}";
        double[][] runs = meter.Repeat(name, Seconds, () => [plain.Run()[0], contrast.Run()[0], whole.Run()[0]]);
        BenchmarkRow Row(string method, int part) => BenchmarkRow.Of($"{name}, {method}", "picture", runs.Select(run => run[part]));
        BenchmarkRow first = Row("plain CAM", 0);
        // A single round on a busy machine says nothing about a ratio.
        BenchmarkRow Beside(BenchmarkRow row) => row.Repeats < 2 ? row : row with { Note = FormattableString.Invariant($"{row.Seconds / first.Seconds:F2} × plain CAM") };
        return [first, Beside(Row("as usual", 1)), Beside(Row("all parts", 2))];
    }
}
