using System.Globalization;
using Rca.Files;

namespace Rca.Reporting;

/// <summary>Writes the report of a run: one HTML file that needs no other file, no script and no network.</summary>
public static class ReportWriter
{
    /// <summary>Writes the report, whole or not at all. The same content gives the same bytes.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="content">What it says; all text is escaped.</param>
    /// <exception cref="RcaException">The file cannot be written, or label maps of an example do not fit each other or the classes.</exception>
    public static void Write(string path, ReportContent content) => TextFile.Write(path, Html(content));

    private static string Html(ReportContent content)
    {
        var page = new HtmlPage();
        // The policy forbids the browser to load anything, whatever the text of the page may be.
        page.Add($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
            <title>{content.Title}</title>
            <style>
            """);
        ReportStyle.Add(page);
        page.Add($"</style></head><body><main>\n<header><h1>{content.Title}</h1><p class=\"outcome\">{content.Outcome}</p></header>\n");
        if (content.Headlines.Count > 0) AddHeadlines(page, content.Headlines);
        if (content.Advice.Count > 0) AddAdvice(page, content.Advice);
        if (content.Examples.Count > 0)
        {
            page.Add($"""
                <section><h2>From tags to masks</h2><p class="note">Labels lie over the picture, which is grey, and pale where it is background.
                The heat maps show, at each pixel, the strongest of the tagged classes.</p>
                """);
            new ExampleGrid(page, content.Classes).Add(content.Examples);
            page.Add($"</section>\n");
        }
        foreach (Gallery gallery in content.Galleries)
        {
            page.Add($"""<section><h2>{gallery.Title}</h2><p class="note">{gallery.Note}</p>{"\n"}""");
            new ExampleGrid(page, content.Classes).AddCards(gallery.Examples);
            page.Add($"</section>\n");
        }
        if (content.Scores.Count > 0 || content.ClassFigures.Count > 0)
        {
            page.Add($"<section><h2>Class by class</h2>");
            ClassTable.Add(page, content);
            page.Add($"</section>\n");
        }
        if (content.Charts.Count > 0)
        {
            page.Add($"""<section><h2>Training</h2><div class="charts">""");
            foreach (Chart chart in content.Charts) LineChart.Add(page, chart);
            page.Add($"</div></section>\n");
        }
        if (content.Times.Count > 0) AddTimes(page, content.Times);
        if (content.Settings.Count > 0 || content.CommandLine is not null) AddSettings(page, content);
        page.Add($"<footer>Made {content.Made:d MMMM yyyy, HH:mm zzz} by RCA for .NET.</footer>\n</main></body></html>\n");
        return page.ToString();
    }

    private static void AddHeadlines(HtmlPage page, IReadOnlyList<Headline> headlines)
    {
        page.Add($"""<section class="headlines">""");
        foreach (Headline headline in headlines)
            page.Add($"""<div><span>{headline.Name}</span><b>{headline.Value}</b><small>{headline.Explanation}</small></div>""");
        page.Add($"</section>\n");
    }

    private static void AddAdvice(HtmlPage page, IReadOnlyList<Advice> advice)
    {
        page.Add($"""<section><h2>What to do next</h2><ol class="advice">{"\n"}""");
        foreach (Advice piece in advice)
        {
            page.Add($"<li><b>{piece.Title}</b> {piece.Text}");
            if (piece.Command is { } command) page.Add($"<pre>{command}</pre>");
            page.Add($"</li>\n");
        }
        page.Add($"</ol></section>\n");
    }

    private static void AddTimes(HtmlPage page, IReadOnlyList<StageTime> times)
    {
        double longest = Math.Max(times.Max(static time => time.Seconds), 1e-3);
        page.Add($"""<section><h2>Time</h2><table class="times"><tbody>""");
        foreach (StageTime time in times)
        {
            page.Add($"""<tr><th scope="row">{time.Name}</th><td class="number">{Duration(time.Seconds)}</td><td class="wide">""");
            Bar.Add(page, time.Seconds / longest);
            page.Add($"</td></tr>\n");
        }
        string total = Duration(times.Sum(static time => time.Seconds));
        page.Add($"""<tr class="summary"><th scope="row">total</th><td class="number">{total}</td><td></td></tr></tbody></table></section>{"\n"}""");
    }

    private static void AddSettings(HtmlPage page, ReportContent content)
    {
        page.Add($"""<section><h2>How to repeat it</h2>""");
        if (content.CommandLine is { } command) page.Add($"<pre>{command}</pre>");
        page.Add($"""<div class="settings">""");
        foreach (SettingsTable table in content.Settings)
        {
            page.Add($"<table><caption>{table.Title}</caption><tbody>\n");
            foreach (var (name, value) in table.Rows) page.Add($"""<tr><th scope="row">{name}</th><td>{value}</td></tr>{"\n"}""");
            page.Add($"</tbody></table>");
        }
        page.Add($"</div></section>\n");
    }

    private static string Duration(double seconds)
    {
        if (seconds < 10) return seconds.ToString("0.0 's'", CultureInfo.InvariantCulture);
        var time = TimeSpan.FromSeconds(Math.Round(Math.Min(seconds, 1e9)));
        if (time.TotalHours >= 1) return $"{(int)time.TotalHours} h {time.Minutes} min";
        return time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
    }
}
