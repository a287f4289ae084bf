using System.Globalization;
using Rca.Reporting;

namespace Rca.Bench;

/// <summary>The figures of one question: a row for each size, a column for each thing measured. Rows are written out as they come.</summary>
internal sealed class ScalingTable
{
    private readonly string _across;
    private readonly string[] _columns;
    private readonly List<(string Place, double[] Values)> _rows = [];

    public ScalingTable(string across, params string[] columns)
    {
        (_across, _columns) = (across, columns);
        Console.WriteLine($"\n| {across} | {string.Join(" | ", columns)} |\n|{string.Concat(Enumerable.Repeat("---|", columns.Length + 1))}");
    }

    /// <summary>Adds a row; a figure that is not a number stays empty.</summary>
    public void Add(string place, params double[] values)
    {
        _rows.Add((place, values));
        Console.WriteLine($"| {place} | {string.Join(" | ", values.Select(Show))} |");
    }

    /// <summary>Columns as curves over the rows.</summary>
    public Chart Chart(string title, params string[] columns) => Chart(title, columns, static _ => 1);

    /// <summary>The same, each divided by what it is in a row, counted from the end where the index does.</summary>
    public Chart Relative(string title, Index row, params string[] columns) =>
        Chart(title, columns, values => values[row.GetOffset(values.Length)]);

    private Chart Chart(string title, string[] columns, Func<double[], double> unit)
    {
        Curve Line(string column)
        {
            double[] values = [.. _rows.Select(row => row.Values[Array.IndexOf(_columns, column)])];
            return new Curve(column, [.. values.Select((value, i) => new CurvePoint(i + 1, value / unit(values)))]);
        }
        return new Chart(title, [.. columns.Select(Line)], _across, [.. _rows.Select(static row => row.Place)]);
    }

    private static string Show(double value) => double.IsNaN(value) ? "" : value.ToString(
        Math.Abs(value) switch { >= 100 => "N0", >= 10 => "F1", >= 0.1 => "F2", _ => "0.####" }, CultureInfo.InvariantCulture);
}
