using System.Globalization;
using System.Text;

namespace Rca.Reporting;

/// <summary>Draws a chart as SVG inside the page, with its title and legend.</summary>
internal static class LineChart
{
    // In the units of the drawing, which the page scales to the width that it has.
    public const double Width = 380, Height = 210;
    private const double Left = 46, Right = 326, Top = 10, Bottom = 176, LabelHeight = 13;

    /// <summary>Points of a line beyond what an eye can tell apart are thinned out.</summary>
    private const int MaxPoints = 400;

    /// <summary>The style sheet has as many line styles.</summary>
    public const int Styles = 4;

    public static void Add(HtmlPage page, Chart chart)
    {
        page.Add($"""<figure class="chart"><figcaption><b>{chart.Title}</b>""");
        if (chart.Curves.Count > 1)
            for (int i = 0; i < chart.Curves.Count; i++)
            {
                page.Add($"""<span class="key"><svg viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">""");
                page.Add($"""<path class="line s{i % Styles}" d="M1 4H21"/></svg>{chart.Curves[i].Name}</span>""");
            }
        page.Add($"""</figcaption><svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Description(chart)}">""");
        AddDrawing(page, chart);
        page.Add($"</svg></figure>\n");
    }

    /// <summary>The plot alone, without title and legend.</summary>
    public static void AddDrawing(HtmlPage page, Chart chart)
    {
        CurvePoint[] all = [.. chart.Curves.SelectMany(static curve => curve.Points).Where(static point => double.IsFinite(point.Value))];
        if (all.Length == 0)
            page.Add($"""<text class="none" x="{(Left + Right) / 2}" y="{(Top + Bottom) / 2}" text-anchor="middle">no values yet</text>""");
        else
            AddPlot(page, chart, Axis.Of(all.Min(static point => point.Value), all.Max(static point => point.Value)),
                Axis.OfWhole(all.Min(static point => point.Epoch), all.Max(static point => point.Epoch)));
    }

    private static void AddPlot(HtmlPage page, Chart chart, Axis values, Axis epochs)
    {
        foreach (double tick in values.Ticks)
        {
            page.Add($"""<path class="grid" d="M{Left} {Y(tick):0.#}H{Right}"/>""");
            page.Add($"""<text x="{Left - 6}" y="{Y(tick) + 4:0.#}" text-anchor="end">{values.Format(tick)}</text>""");
        }
        foreach (double tick in epochs.Ticks)
        {
            page.Add($"""<path class="axis" d="M{X(tick):0.#} {Bottom}v4"/><text x="{X(tick):0.#}" y="{Bottom + 16}" text-anchor="middle">""");
            if (chart.Places is { } places) page.Add($"{places[(int)tick - 1]}</text>");
            else page.Add($"{tick}</text>");
        }
        page.Add($"""<path class="axis" d="M{Left} {Bottom}H{Right}"/><text x="{(Left + Right) / 2}" y="{Height - 4}" text-anchor="middle">{chart.Across}</text>""");

        var ends = new List<(double Y, int Style, CurvePoint Point)>();
        for (int i = 0; i < chart.Curves.Count; i++)
        {
            CurvePoint[] points = Thin(chart.Curves[i].Points);
            page.Add($"""<path class="line s{i % Styles}" d="{Path(points)}"/>""");
            if (!points.Any(static point => double.IsFinite(point.Value))) continue;
            CurvePoint last = points.Last(static point => double.IsFinite(point.Value));
            page.Add($"""<circle class="dot s{i % Styles}" cx="{X(last.Epoch):0.#}" cy="{Y(last.Value):0.#}" r="3"/>""");
            ends.Add((Y(last.Value), i % Styles, last));
        }
        double free = Top;
        foreach (var (y, style, point) in ends.OrderBy(static end => end.Y))
        {
            double at = Math.Max(y, free);
            free = at + LabelHeight;
            page.Add($"""<text class="last s{style}" x="{Right + 8}" y="{at + 4:0.#}">{Number(point.Value)}</text>""");
        }

        double X(double epoch) => Left + epochs.Share(epoch) * (Right - Left);
        double Y(double value) => Bottom - values.Share(value) * (Bottom - Top);

        string Path(CurvePoint[] points)
        {
            var path = new StringBuilder();
            bool pen = false;
            foreach (CurvePoint point in points)
            {
                if (double.IsFinite(point.Value))
                    path.Append(CultureInfo.InvariantCulture, $"{(pen ? 'L' : 'M')}{X(point.Epoch):0.#} {Y(point.Value):0.#}");
                pen = double.IsFinite(point.Value);
            }
            return path.ToString();
        }
    }

    private static CurvePoint[] Thin(IReadOnlyList<CurvePoint> points)
    {
        int stride = (points.Count + MaxPoints - 1) / MaxPoints;
        return [.. points.Where((_, i) => i % stride == 0 || i == points.Count - 1)];
    }

    private static string Description(Chart chart) => $"{chart.Title}; last values: " + string.Join(", ",
        from curve in chart.Curves
        let finite = curve.Points.Where(static point => double.IsFinite(point.Value))
        where finite.Any()
        select $"{curve.Name} {Number(finite.Last().Value)}");

    private static string Number(double value)
    {
        string format = Math.Abs(value) switch { 0 => "0", < 0.001 or >= 1e6 => "0.0e0", < 1 => "0.000", < 10 => "0.00", < 100 => "0.0", _ => "0" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }
}
