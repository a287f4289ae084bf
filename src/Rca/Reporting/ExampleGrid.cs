using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging;

namespace Rca.Reporting;

/// <summary>Rows of pictures: the picture, its maps, its labels, with the legend of their colours.</summary>
internal sealed class ExampleGrid(HtmlPage page, IReadOnlyList<string> classes)
{
    /// <summary>Longer side of a picture on the page, in pixels; bounds the size of the file.</summary>
    private const int Side = 200;

    private const int JpegQuality = 85;
    private const float LabelOpacity = 0.65f;
    private const float BackgroundContrast = 0.4f;
    private const int HeatSteps = 8;

    private static readonly (string Heading, Func<Example, Picture?> Heat, Func<Example, LabelMap?> Labels)[] Columns =
    [
        ("Picture", static e => e.Picture, static _ => null),
        ("First map", static e => e.FirstMap, static _ => null),
        ("Final map", static e => e.FinalMap, static _ => null),
        ("Pseudo label", static _ => null, static e => e.PseudoLabel),
        ("Prediction", static _ => null, static e => e.Prediction),
        ("Truth", static _ => null, static e => e.Truth),
    ];

    private readonly ClassChips _chips = new(page, classes);

    public void Add(IReadOnlyList<Example> examples)
    {
        var columns = Columns.Where(column => examples.Any(e => column.Heat(e) is not null || column.Labels(e) is not null)).ToArray();
        AddLegend(examples);
        page.Add($"""<div class="examples" style="--columns:{columns.Length}"><div class="headings" aria-hidden="true">""");
        foreach (var column in columns) page.Add($"<span>{column.Heading}</span>");
        page.Add($"</div>\n");
        foreach (Example example in examples)
        {
            page.Add($"""<article class="example"><h3><span class="split">{SplitName(example.Split)}</span>""");
            foreach (int tag in example.Tags) _chips.Add(tag + 1);
            page.Add($"""<span class="file">{example.Name}</span></h3><div class="cells">""");
            foreach (var column in columns) AddCell(example, column.Heading, column.Heat(example), column.Labels(example));
            page.Add($"</div></article>\n");
        }
        page.Add($"</div>\n");
    }

    private void AddLegend(IReadOnlyList<Example> examples)
    {
        IEnumerable<int> tagged = examples.SelectMany(static e => e.Tags).Select(static tag => tag + 1);
        IEnumerable<int> painted = from example in examples
                                   from map in new[] { example.PseudoLabel, example.Prediction, example.Truth }
                                   where map is not null
                                   from label in map.Labels.Distinct()
                                   where label != 0
                                   select (int)label;
        page.Add($"""<div class="legend">""");
        foreach (int label in tagged.Union(painted).Order()) _chips.Add(label);
        page.Add($"""<span class="chip"><i class="photo"></i>background</span><span class="chip"><i class="heat" style="background:linear-gradient(90deg""");
        for (int i = 0; i <= HeatSteps; i++)
        {
            var (red, green, blue) = HeatMap.Colour((float)i / HeatSteps);
            page.Add($",rgb({red},{green},{blue})");
        }
        page.Add($""")"></i>activation 0 to 1</span></div>{"\n"}""");
    }

    private void AddCell(Example example, string heading, Picture? heat, LabelMap? labels)
    {
        page.Add($"<figure><figcaption>{heading}</figcaption>");
        Picture? shown = labels is null ? heat : Paint(example.Picture, labels);
        if (shown is null)
            page.Add($"""<span class="missing">none</span>""");
        else
        {
            Picture small = Shrink(shown);
            string jpeg = Convert.ToBase64String(PictureFile.EncodeJpeg(small, JpegQuality));
            page.Add($"""<img alt="{heading} of {example.Name}" width="{small.Width}" height="{small.Height}" src="data:image/jpeg;base64,{jpeg}">""");
        }
        if (labels is not null && labels != example.Truth && example.Truth is { } truth)
            page.Add($"""<span class="score">mIoU {Score(labels, truth):0.00}</span>""");
        page.Add($"</figure>");
    }

    private double Score(LabelMap labels, LabelMap truth)
    {
        var matrix = new ConfusionMatrix(classes.Count);
        matrix.Add(labels, truth);
        return matrix.MeanIou ?? 0;
    }

    /// <summary>Labels over the picture in grey, pale where it is background: colours of its own would be mistaken for classes.</summary>
    private static Picture Paint(Picture picture, LabelMap labels)
    {
        Picture grey = Shrink(picture);
        LabelMap small = Resampler.Resize(labels, grey.Width, grey.Height);
        for (int i = 0; i < small.Labels.Length; i++)
        {
            Span<byte> pixel = grey.Pixels.AsSpan(3 * i, 3);
            float luma = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
            pixel.Fill((byte)(small.Labels[i] == 0 ? 255 - (255 - luma) * BackgroundContrast : luma));
        }
        return Overlay.Draw(grey, small, LabelOpacity, outline: true);
    }

    /// <summary>A copy that fits into the page's cell; smaller pictures keep their size.</summary>
    private static Picture Shrink(Picture picture)
    {
        int longer = Math.Min(Side, Math.Max(picture.Width, picture.Height));
        var (width, height) = Augmentation.FitLongerSide(picture.Width, picture.Height, longer);
        return Resampler.Resize(picture, width, height);
    }

    private static string SplitName(Split split) => split switch { Split.Train => "train", Split.Val => "val", _ => "test" };
}
