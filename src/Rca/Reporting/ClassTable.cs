using Rca.Evaluation;

namespace Rca.Reporting;

/// <summary>The IoU of every class in every comparison, with a bar in each cell.</summary>
internal static class ClassTable
{
    public static void Add(HtmlPage page, IReadOnlyList<string> classes, IReadOnlyList<MaskScores> scores)
    {
        page.Add($"""<div class="scroll"><table class="scores"><thead><tr><th scope="col">IoU</th>""");
        foreach (MaskScores column in scores)
            page.Add($"""<th scope="col">{column.Name}<small>{column.Report.Images} {(column.Report.Images == 1 ? "picture" : "pictures")}</small></th>""");
        page.Add($"</tr></thead><tbody>\n");
        var byLabel = scores.Select(static column => column.Report.Labels.ToDictionary(static score => score.Label)).ToArray();
        var chips = new ClassChips(page, classes);
        for (int label = 0; label <= classes.Count; label++)
        {
            page.Add($"""<tr><th scope="row">""");
            chips.Add(label);
            page.Add($"</th>");
            foreach (Dictionary<int, LabelScore> column in byLabel) AddCell(page, column.GetValueOrDefault(label)?.Iou);
            page.Add($"</tr>\n");
        }
        AddSummary(page, "mean IoU", scores.Select(static column => column.Report.MeanIou));
        AddSummary(page, "pixel accuracy", scores.Select(static column => column.Report.PixelAccuracy));
        page.Add($"</tbody></table></div>\n");
        foreach (string rule in scores.Select(static column => column.Report.Rule).Distinct()) page.Add($"""<p class="note">{rule}</p>{"\n"}""");
    }

    private static void AddSummary(HtmlPage page, string name, IEnumerable<double?> values)
    {
        page.Add($"""<tr class="summary"><th scope="row">{name}</th>""");
        foreach (double? value in values) AddCell(page, value);
        page.Add($"</tr>\n");
    }

    private static void AddCell(HtmlPage page, double? value)
    {
        if (value is not { } share)
        {
            page.Add($"""<td class="absent">–</td>""");
            return;
        }
        page.Add($"""<td><span class="number">{share:0.000}</span>""");
        Bar.Add(page, share);
        page.Add($"</td>");
    }
}
