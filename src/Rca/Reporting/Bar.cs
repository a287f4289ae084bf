namespace Rca.Reporting;

/// <summary>A horizontal bar whose length shows a share.</summary>
internal static class Bar
{
    public static void Add(HtmlPage page, double share) =>
        page.Add($"""<span class="bar"><i style="width:{100 * Math.Clamp(share, 0, 1):0.#}%"></i></span>""");
}
