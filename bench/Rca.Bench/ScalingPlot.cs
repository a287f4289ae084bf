using Rca.Files;
using Rca.Reporting;

namespace Rca.Bench;

/// <summary>Charts side by side in one SVG file that needs nothing else.</summary>
internal static class ScalingPlot
{
    private const int Gap = 20, TitleHeight = 20, KeyHeight = 16;

    public static void Write(string path, params Chart[] charts)
    {
        int keys = KeyHeight * charts.Max(static chart => chart.Curves.Count), top = TitleHeight + keys + 6;
        var page = new HtmlPage();
        page.Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {charts.Length * (LineChart.Width + Gap) - Gap} {top + LineChart.Height}" """);
        page.Add($"""font-family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" role="img">""");
        page.Add($"<title>{string.Join("; ", charts.Select(static chart => chart.Title))}</title><style>");
        ReportStyle.AddCharts(page);
        page.Add($"svg text.title {{ fill:var(--ink); font-size:13px; font-weight:600; }}</style>\n");
        for (int i = 0; i < charts.Length; i++)
        {
            page.Add($"""<g transform="translate({i * (LineChart.Width + Gap)} 0)"><text class="title" x="2" y="14">{charts[i].Title}</text>""");
            for (int k = 0; k < charts[i].Curves.Count; k++)
            {
                int y = TitleHeight + KeyHeight * k + 8;
                page.Add($"""<path class="line s{k % LineChart.Styles}" d="M2 {y}H30"/><text x="36" y="{y + 4}">{charts[i].Curves[k].Name}</text>""");
            }
            page.Add($"""<g transform="translate(0 {top})">""");
            LineChart.AddDrawing(page, charts[i]);
            page.Add($"</g></g>\n");
        }
        page.Add($"</svg>\n");
        TextFile.Write(path, page.ToString());
    }
}
