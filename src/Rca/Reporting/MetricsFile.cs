using System.Globalization;
using Rca.Text;

namespace Rca.Reporting;

/// <summary>Reads a run's <c>metrics.csv</c> for drawing: missing or damaged values leave a gap and are not an error.</summary>
public static class MetricsFile
{
    private const string EpochColumn = "epoch";

    /// <summary>Further rows are not read; no run has so many epochs.</summary>
    private const int MaxRows = 20_000;

    /// <summary>
    /// One curve for each column beside the epoch, in the order of the columns. Cells that are empty or hold no number become NaN, rows
    /// without an epoch are skipped, if an epoch has several rows, the last counts. Empty where the file is missing or unreadable.
    /// </summary>
    public static IReadOnlyList<Curve> Read(string path)
    {
        try
        {
            using var text = new StreamReader(path);
            using IEnumerator<CsvRecord> records = CsvReader.Read(text).Take(MaxRows).GetEnumerator();
            if (!records.MoveNext()) return [];
            string[] header = [.. records.Current.Fields.Select(static field => field.Trim())];
            int epochColumn = Array.IndexOf(header, EpochColumn);
            if (epochColumn < 0) return [];

            var rows = new SortedDictionary<int, IReadOnlyList<string>>();
            while (records.MoveNext())
                if (int.TryParse(Cell(records.Current.Fields, epochColumn), NumberStyles.Integer, CultureInfo.InvariantCulture, out int epoch))
                    rows[epoch] = records.Current.Fields;
            return [.. from column in Enumerable.Range(0, header.Length)
                       where column != epochColumn
                       select new Curve(header[column], [.. rows.Select(row => new CurvePoint(row.Key, Number(Cell(row.Value, column))))])];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Cell(IReadOnlyList<string> fields, int column) => column < fields.Count ? fields[column] : "";

    private static double Number(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
}
