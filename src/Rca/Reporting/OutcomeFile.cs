using System.Globalization;
using System.Text;
using Rca.Evaluation;
using Rca.Files;

namespace Rca.Reporting;

/// <summary>Writes the outcome of each picture as CSV, the most doubtful first; to sort and filter in any spreadsheet.</summary>
public static class OutcomeFile
{
    /// <summary>The columns, in order. Shares, doubt and IoU are 0 to 1; cells without a figure are empty.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["part", "image", "tags", "doubtful", "doubt", "ignored", "foreground", "tags_without_pixels", "agreement", "iou", "shares"];

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="outcomes">The pictures, each with the name of the part that it belongs to.</param>
    /// <param name="classes">Class names in order.</param>
    /// <exception cref="RcaException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Part, PictureOutcome Outcome)> outcomes, IReadOnlyList<string> classes)
    {
        var text = new StringBuilder().AppendJoin(',', Columns).Append('\n');
        foreach (var (part, outcome) in outcomes.OrderByDescending(static row => row.Outcome.IsDoubtful).ThenByDescending(static row => row.Outcome.Doubt))
            text.AppendJoin(',', Cells(part, outcome, classes).Select(Quote)).Append('\n');
        TextFile.Write(path, text.ToString());
    }

    private static string[] Cells(string part, PictureOutcome outcome, IReadOnlyList<string> classes) =>
    [
        part, outcome.Image.Name, Names(outcome.Image.Tags, classes), outcome.IsDoubtful ? "yes" : "no",
        Number(outcome.Doubt), Number(outcome.Ignored), Number(outcome.Foreground), Names(outcome.TagsWithoutPixels, classes),
        Number(outcome.Agreement), Number(outcome.Iou),
        string.Join(';', outcome.Shares.Select(share => $"{(share.Label == 0 ? "background" : classes[share.Label - 1])}={Number(share.Share)}")),
    ];

    /// <summary>As in <c>tags.csv</c>.</summary>
    private static string Names(IEnumerable<int> tags, IReadOnlyList<string> classes) => string.Join(';', tags.Select(tag => classes[tag]));

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
