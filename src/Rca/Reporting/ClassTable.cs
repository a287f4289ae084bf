using Rca.Evaluation;

namespace Rca.Reporting;

/// <summary>What is known of every class: figures that need no truth, and the IoU in every comparison, with a bar in each cell of a share.</summary>
internal static class ClassTable
{
    /// <summary>The most rows; a table of thousands of classes would be too long for a page.</summary>
    public const int MaxClasses = 250;

    public static void Add(HtmlPage page, ReportContent content)
    {
        var (classes, scores, figures) = (content.Classes, content.Scores, content.ClassFigures);
        bool labelled = figures.Any(static figure => figure.Labelled > 0), predicted = figures.Any(static figure => figure.Predicted is not null);
        page.Add($"""<div class="scroll"><table class="scores"><thead><tr><th scope="col">Class</th>""");
        if (figures.Count > 0) page.Add($"""<th scope="col">Tagged<small>train pictures</small></th>""");
        if (labelled)
            page.Add($"""<th scope="col">Area<small>mean share where labelled</small></th><th scope="col">Tag lost<small>pictures without a pixel</small></th>""");
        if (predicted) page.Add($"""<th scope="col">Predicted<small>pictures that show it</small></th>""");
        foreach (MaskScores column in scores)
            page.Add($"""<th scope="col">{column.Name}<small>IoU, {RunAdvice.Count(column.Report.Images, "picture")}</small></th>""");
        page.Add($"</tr></thead><tbody>\n");
        var byLabel = scores.Select(static column => column.Report.Labels.ToDictionary(static score => score.Label)).ToArray();
        var chips = new ClassChips(page, classes);
        for (int label = scores.Count > 0 ? 0 : 1; label <= Math.Min(classes.Count, MaxClasses); label++)
        {
            page.Add($"""<tr><th scope="row">""");
            chips.Add(label);
            page.Add($"</th>");
            if (figures.Count > 0) AddFigures(page, label == 0 ? null : figures[label - 1], labelled, predicted);
            foreach (Dictionary<int, LabelScore> column in byLabel) AddShare(page, column.GetValueOrDefault(label)?.Iou);
            page.Add($"</tr>\n");
        }
        int before = (figures.Count > 0 ? 1 : 0) + (labelled ? 2 : 0) + (predicted ? 1 : 0);
        if (scores.Count > 0)
        {
            AddSummary(page, "mean IoU", before, scores.Select(static column => column.Report.MeanIou));
            AddSummary(page, "pixel accuracy", before, scores.Select(static column => column.Report.PixelAccuracy));
        }
        page.Add($"</tbody></table></div>\n");
        if (classes.Count > MaxClasses) page.Add($"""<p class="note">The first {MaxClasses} of {classes.Count} classes; the means are over all.</p>{"\n"}""");
        foreach (string rule in scores.Select(static column => column.Report.Rule).Distinct()) page.Add($"""<p class="note">{rule}</p>{"\n"}""");
    }

    private static void AddFigures(HtmlPage page, ClassFigures? figures, bool labelled, bool predicted)
    {
        AddCount(page, figures?.Tagged);
        if (labelled)
        {
            AddShare(page, figures?.MeanShare);
            AddCount(page, figures?.WithoutPixels);
        }
        if (predicted) AddCount(page, figures?.Predicted);
    }

    private static void AddSummary(HtmlPage page, string name, int before, IEnumerable<double?> values)
    {
        page.Add($"""<tr class="summary"><th scope="row">{name}</th>""");
        for (int i = 0; i < before; i++) page.Add($"<td></td>");
        foreach (double? value in values) AddShare(page, value);
        page.Add($"</tr>\n");
    }

    private static void AddCount(HtmlPage page, int? count)
    {
        if (count is { } number) page.Add($"""<td class="count">{number}</td>""");
        else page.Add($"""<td class="absent">–</td>""");
    }

    private static void AddShare(HtmlPage page, double? value)
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
