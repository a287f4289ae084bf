namespace Rca.Reporting;

/// <summary>The style sheet of the report: light, dark and on paper.</summary>
internal static class ReportStyle
{
    public static void Add(HtmlPage page)
    {
        AddCharts(page);
        AddPage(page);
    }

    /// <summary>The part that a chart alone needs: colours and lines.</summary>
    public static void AddCharts(HtmlPage page) => page.Add($$"""

        :root { --ground:#fff; --panel:#f4f5f7; --ink:#1c2026; --soft:#5b6470; --rule:#d9dde3; --bar:#3c78b4;
          --s0:#2563a8; --s1:#c2500a; --s2:#2d7d46; --s3:#8a3ea8; }
        @media (prefers-color-scheme: dark) { :root { --ground:#14171b; --panel:#1e2228; --ink:#e6e9ed; --soft:#9aa4b0; --rule:#363c45; --bar:#6aa5dc;
          --s0:#7fb2ee; --s1:#f2a065; --s2:#7fcf98; --s3:#d59bea; } }
        svg text { fill:var(--soft); font-size:11.5px; font-variant-numeric:tabular-nums; }
        .grid, .axis { stroke:var(--rule); fill:none; } .axis { stroke:var(--soft); }
        .line { fill:none; stroke-width:2; stroke-linejoin:round; }
        .line.s0 { stroke:var(--s0); } .line.s1 { stroke:var(--s1); stroke-dasharray:7 3; }
        .line.s2 { stroke:var(--s2); stroke-dasharray:2 2.5; } .line.s3 { stroke:var(--s3); stroke-dasharray:9 3 2 3; }
        .dot.s0, svg text.s0 { fill:var(--s0); } .dot.s1, svg text.s1 { fill:var(--s1); }
        .dot.s2, svg text.s2 { fill:var(--s2); } .dot.s3, svg text.s3 { fill:var(--s3); }

        """);

    private static void AddPage(HtmlPage page) => page.Add($$"""

        * { box-sizing:border-box; }
        body { margin:0; background:var(--ground); color:var(--ink); font:15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width:1180px; margin:0 auto; padding:24px 20px 40px; }
        h1 { font-size:1.7rem; line-height:1.25; margin:0 0 8px; overflow-wrap:anywhere; }
        h2 { font-size:1.2rem; margin:36px 0 8px; padding-bottom:4px; border-bottom:1px solid var(--rule); }
        .outcome { font-size:1.07rem; max-width:78ch; margin:0 0 18px; overflow-wrap:anywhere; }
        .note, footer { color:var(--soft); font-size:.87rem; max-width:90ch; margin:6px 0 10px; }
        footer { margin-top:36px; }
        figure { margin:0; }
        .headlines { display:grid; grid-template-columns:repeat(auto-fit, minmax(170px, 1fr)); gap:12px; }
        .headlines div { background:var(--panel); border-radius:8px; padding:10px 14px; overflow-wrap:anywhere; }
        .headlines span, .headlines small { display:block; color:var(--soft); font-size:.82rem; line-height:1.35; }
        .headlines b { display:block; font-size:1.75rem; line-height:1.3; font-variant-numeric:tabular-nums; }
        .chip { display:inline-flex; align-items:center; gap:6px; font-size:.85rem; overflow-wrap:break-word; }
        .chip i { flex:none; width:13px; height:13px; border-radius:3px; border:1px solid color-mix(in srgb, var(--ink) 45%, transparent); }
        .chip i.heat { width:84px; }
        .chip i.photo { background:linear-gradient(135deg, #999, #f4f4f4); }
        .legend { display:flex; flex-wrap:wrap; gap:4px 16px; margin:0 0 14px; }
        .headings, .cells { display:grid; grid-template-columns:repeat(var(--columns), minmax(0, 1fr)); gap:8px; }
        .headings { color:var(--soft); font-size:.85rem; position:sticky; top:0; background:var(--ground); padding:4px 0; z-index:1; }
        .example { padding:8px 0 12px; border-top:1px solid var(--rule); break-inside:avoid; }
        .example h3 { display:flex; flex-wrap:wrap; align-items:center; gap:2px 14px; font-size:.87rem; font-weight:600; margin:0 0 6px; }
        .split { min-width:3.2em; text-align:center; border:1px solid var(--rule); border-radius:4px; padding:0 6px; color:var(--soft); font-weight:400; }
        .file { color:var(--soft); font-weight:400; margin-left:auto; overflow-wrap:anywhere; }
        .cells img { display:block; width:100%; max-width:220px; height:auto; border-radius:3px; }
        .cells figcaption { display:none; color:var(--soft); font-size:.8rem; }
        .missing { display:block; color:var(--soft); font-size:.8rem; padding:12px 0; }
        .score { color:var(--soft); font-size:.78rem; font-variant-numeric:tabular-nums; }
        .cards { display:grid; grid-template-columns:repeat(auto-fill, minmax(min(100%, 520px), 1fr)); gap:0 28px; }
        .cards .cells { grid-template-columns:repeat(max(3, var(--columns)), minmax(0, 1fr)); }
        .cards figcaption { display:block; }
        .cards h3 { flex-wrap:nowrap; gap:14px; align-items:baseline; } .cards h3 b { font-weight:600; }
        .tags { display:flex; flex-wrap:wrap; gap:2px 14px; margin:6px 0 0; }
        .advice { margin:0; padding-left:1.5em; max-width:92ch; } .advice li { margin:0 0 10px; padding-left:4px; overflow-wrap:anywhere; }
        .advice b { display:block; } .advice pre { margin:6px 0 0; padding:6px 12px; }
        .scroll { overflow-x:auto; }
        table { border-collapse:collapse; font-variant-numeric:tabular-nums; }
        th { text-align:left; font-weight:400; }
        th, td { padding:3px 14px 3px 0; vertical-align:middle; }
        tr + tr > * { border-top:1px solid var(--rule); }
        thead th { color:var(--soft); font-size:.85rem; vertical-align:bottom; padding-bottom:6px; }
        thead small { display:block; font-size:.78rem; }
        .scores td { white-space:nowrap; } .scores .bar { width:76px; }
        .number { display:inline-block; min-width:3.1em; margin-right:6px; }
        .bar { display:inline-block; vertical-align:middle; width:110px; height:9px; border-radius:2px; background:var(--panel); }
        .bar i { display:block; height:100%; border-radius:2px; background:var(--bar); }
        .summary > * { font-weight:600; border-top:2px solid var(--rule); }
        .summary + .summary > * { border-top:1px solid var(--rule); font-weight:400; }
        .absent { color:var(--soft); }
        .times { width:100%; max-width:720px; }
        .times td { white-space:nowrap; display:table-cell; min-width:6em; }
        .times .wide { width:100%; padding-right:0; }
        .times th { white-space:nowrap; }
        .times .bar { width:100%; }
        .charts { display:grid; grid-template-columns:repeat(auto-fill, minmax(300px, 1fr)); gap:18px 28px; }
        .chart { break-inside:avoid; }
        .chart figcaption { font-size:.87rem; display:flex; flex-wrap:wrap; gap:0 12px; min-height:3em; align-content:flex-end; }
        .chart figcaption b { flex-basis:100%; font-weight:600; }
        .chart > svg { width:100%; max-width:480px; height:auto; }
        .key { white-space:nowrap; } .key svg { margin-right:5px; vertical-align:middle; }
        pre { background:var(--panel); border-radius:8px; padding:10px 14px; white-space:pre-wrap; overflow-wrap:anywhere; font-size:.87rem; }
        .settings { columns:330px; column-gap:36px; }
        .settings table { width:100%; margin:0 0 18px; font-size:.85rem; }
        .settings caption { text-align:left; font-weight:600; padding-bottom:4px; break-after:avoid; }
        .settings tr { break-inside:avoid; }
        .settings th { color:var(--soft); }
        .settings td { text-align:right; padding-right:0; overflow-wrap:anywhere; }
        @media (max-width:700px) {
          main { padding:16px 12px 32px; }
          .headings { display:none; }
          .cells { grid-template-columns:repeat(3, minmax(0, 1fr)); gap:8px 6px; }
          .cells figcaption { display:block; } .cards h3 { flex-wrap:wrap; gap:2px 14px; }
          .headlines { grid-template-columns:repeat(auto-fit, minmax(140px, 1fr)); }
          th, td { padding-right:8px; } .times th { white-space:normal; } .scores .bar { display:block; width:52px; height:6px; }
          .headlines b { font-size:1.4rem; }
        }
        @media print {
          :root { --ground:#fff; --panel:#f0f1f3; --ink:#000; --soft:#444; --rule:#ccc; --bar:#3c78b4; --s0:#2563a8; --s1:#c2500a; --s2:#2d7d46; --s3:#8a3ea8; }
          * { print-color-adjust:exact; -webkit-print-color-adjust:exact; }
          body { font-size:11px; } main { max-width:none; padding:0; } .headings { position:static; }
          h2 { break-after:avoid; } tr { break-inside:avoid; }
        }

        """);
}
