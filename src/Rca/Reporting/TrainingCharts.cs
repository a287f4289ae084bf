using Rca.Training;

namespace Rca.Reporting;

/// <summary>Groups the metrics of training runs into charts whose curves share a scale.</summary>
public static class TrainingCharts
{
    private static readonly (string Title, (string Column, string Name)[] Curves)[] Classification =
    [
        ("Classification: loss", [("loss", "total"), ("final_loss", "final maps"), ("coarse_loss", "first maps")]),
        ("Classification: tags found on val, mAP", [("val_tag_precision", "precision")]),
        ("Classification: contrast loss", [("contrast_loss", "contrast")]),
        ("Classification: regions in the memory", [("memory_entries", "entries")]),
    ];

    private static readonly (string Title, (string Column, string Name)[] Curves)[] Segmentation =
        [("Segmentation: loss (cross entropy)", [("loss", "loss")])];

    /// <summary>The charts of one run after the other; charts without a value are left out.</summary>
    /// <param name="classification">The classification run, or null.</param>
    /// <param name="segmentation">The segmentation run, or null.</param>
    public static IReadOnlyList<Chart> Of(RunFolder? classification, RunFolder? segmentation) =>
        [.. Of(classification, Classification), .. Of(segmentation, Segmentation)];

    private static IEnumerable<Chart> Of(RunFolder? run, (string Title, (string Column, string Name)[] Curves)[] groups)
    {
        if (run is null) return [];
        var columns = MetricsFile.Read(run.MetricsPath).ToLookup(static curve => curve.Name, static curve => curve.Points);
        return from @group in groups
               let curves = from wanted in @group.Curves
                            from points in columns[wanted.Column].Take(1)
                            let measured = points.Where(static point => double.IsFinite(point.Value)).ToList() // some columns are not filled every epoch
                            where measured.Exists(static point => point.Value != 0) // parts of the method that are switched off stay at 0
                            select new Curve(wanted.Name, measured)
               where curves.Any()
               select new Chart(@group.Title, [.. curves]);
    }
}
