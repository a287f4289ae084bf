using Rca.Data.Voc;
using Rca.Evaluation;

namespace Rca.Benchmarks;

/// <summary>Masks read from PNG files and compared with true ones.</summary>
internal sealed class EvaluationBenchmark(BenchmarkData data, BenchmarkSettings settings) : IBenchmark
{
    public double Seconds => settings.ShortSeconds;

    public IEnumerable<BenchmarkRow> Measure(Meter meter)
    {
        BenchmarkRow row = meter.Repeat(
            "compare masks with the truth", "pair", settings.ShortSeconds, settings.Masks,
            () => MaskEvaluation.Run(data.Prediction, data.Truth, VocClasses.Names, cancellation: meter.Cancellation));
        yield return row with { Note = FormattableString.Invariant($"{1 / row.Seconds:F0} pairs/s") };
    }
}
