using System.Globalization;

namespace Rca.Reporting;

/// <summary>The range of an axis and where its ticks stand.</summary>
/// <param name="Low">Value at the start.</param>
/// <param name="High">Value at the end, above <paramref name="Low"/>.</param>
/// <param name="Step">Distance of ticks: 1, 2 or 5 times a power of ten.</param>
internal readonly record struct Axis(double Low, double High, double Step)
{
    private const int Intervals = 5;

    /// <summary>An axis that ends on ticks; it starts at zero unless that would squeeze the values into its upper half.</summary>
    public static Axis Of(double min, double max)
    {
        if (min > 0 && min < max / 2) min = 0;
        if (!(max - min > 1e-9 * Math.Max(Math.Abs(min), Math.Abs(max))))
        {
            double around = Math.Max(Math.Abs(max) / 2, 1e-6);
            (min, max) = (min - around, max + around);
        }
        double step = NiceStep((max - min) / Intervals);
        return new Axis(Math.Floor(min / step) * step, Math.Ceiling(max / step) * step, step);
    }

    /// <summary>An axis of whole numbers.</summary>
    public static Axis OfWhole(int min, int max) =>
        min == max ? new Axis(min - 1, max + 1, 1) : new Axis(min, max, Math.Max(1, NiceStep((max - (double)min) / Intervals)));

    /// <summary>The multiples of the step within the range.</summary>
    public IEnumerable<double> Ticks
    {
        get
        {
            // Counted, not summed up: a step too small to change a large value would never end.
            var (step, first) = (Step, Math.Ceiling(Low / Step - 1e-6));
            int count = (int)Math.Clamp(Math.Floor(High / step + 1e-6) - first + 1, 0, 4 * Intervals);
            return Enumerable.Range(0, count).Select(i => (first + i) * step);
        }
    }

    /// <summary>Where a value stands, 0 to 1.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    /// <summary>A tick with the decimals that the step needs.</summary>
    public string Format(double tick)
    {
        double digits = -Math.Floor(Math.Log10(Step) + 1e-9);
        return digits > 4 || Math.Abs(tick) >= 1e6
            ? tick.ToString("0.#e0", CultureInfo.InvariantCulture)
            : tick.ToString($"F{(int)Math.Max(digits, 0)}", CultureInfo.InvariantCulture);
    }

    private static double NiceStep(double about)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(about)));
        return (about / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }
}
