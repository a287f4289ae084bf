using Rca.Data;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;
using Rca.Imaging.Transforms;

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

    private static readonly Column[] Columns =
    [
        new("Picture", static example => example.Picture),
        new("First map", static example => example.FirstMap),
        new("Final map", static example => example.FinalMap),
        new("Pseudo label", Labels: static example => example.PseudoLabel, Judged: true),
        new("Prediction", Labels: static example => example.Prediction, Judged: true),
        new("Truth", Labels: static example => example.Truth),
    ];

    private readonly ClassChips _chips = new(page, classes);

    public void Add(IReadOnlyList<Example> examples)
    {
        Column[] columns = [.. Columns.Where(column => examples.Any(column.IsIn))];
        AddLegend(examples);
        page.Add($"""<div class="examples" style="--columns:{columns.Length}"><div class="headings" aria-hidden="true">""");
        foreach (Column column in columns) page.Add($"<span>{column.Heading}</span>");
        page.Add($"</div>\n");
        foreach (Example example in examples)
        {
            page.Add($"""<article class="example"><h3><span class="split">{SplitName(example.Split)}</span>""");
            foreach (int tag in example.Tags) _chips.Add(tag + 1);
            page.Add($"""<span class="file">{example.Name}</span></h3><div class="cells">""");
            foreach (Column column in columns) AddCell(example, column, score: true);
            page.Add($"</div></article>\n");
        }
        page.Add($"</div>\n");
    }

    /// <summary>Several pictures in a row, each with what there is of it and why it is shown.</summary>
    public void AddCards(IReadOnlyList<Example> examples)
    {
        AddLegend(examples);
        page.Add($"""<div class="cards">""");
        foreach (Example example in examples)
        {
            Column[] columns = [.. Columns.Where(column => column.IsIn(example))];
            page.Add($"""<article class="example" style="--columns:{Math.Max(columns.Length, 2)}"><h3>""");
            if (example.Note is { } note) page.Add($"<b>{note}</b>");
            page.Add($"""<span class="file">{example.Name}</span></h3><div class="cells">""");
            foreach (Column column in columns) AddCell(example, column, score: false);
            page.Add($"""</div><p class="tags">""");
            foreach (int tag in example.Tags) _chips.Add(tag + 1);
            page.Add($"</p></article>\n");
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
        page.Add($"""<span class="chip"><i class="photo"></i>background</span>""");
        if (examples.Any(static example => example.FinalMap is not null)) AddHeat();
        page.Add($"</div>\n");
    }

    private void AddHeat()
    {
        page.Add($"""<span class="chip"><i class="heat" style="background:linear-gradient(90deg""");
        for (int i = 0; i <= HeatSteps; i++)
        {
            var (red, green, blue) = HeatMap.Colour((float)i / HeatSteps);
            page.Add($",rgb({red},{green},{blue})");
        }
        page.Add($""")"></i>activation 0 to 1</span>""");
    }

    private void AddCell(Example example, Column column, bool score)
    {
        page.Add($"<figure><figcaption>{column.Heading}</figcaption>");
        LabelMap? labels = column.Labels?.Invoke(example);
        Picture? shown = labels is null ? column.Picture?.Invoke(example) : Paint(example.Picture, labels);
        if (shown is null)
            page.Add($"""<span class="missing">none</span>""");
        else
        {
            Picture small = Shrink(shown);
            string jpeg = Convert.ToBase64String(PictureFile.EncodeJpeg(small, JpegQuality));
            page.Add($"""<img alt="{column.Heading} of {example.Name}" width="{small.Width}" height="{small.Height}" src="data:image/jpeg;base64,{jpeg}">""");
        }
        if (score && column.Judged && labels is not null && example.Truth is not null)
            page.Add($"""<span class="score">mIoU {Score(labels, example.Truth):0.00}</span>""");
        page.Add($"</figure>");
    }

    private double Score(LabelMap labels, LabelMap truth)
    {
        var matrix = new ConfusionMatrix(classes.Count);
        matrix.Add(labels, truth);
        return matrix.MeanIou ?? 0;
    }

    /// <summary>Labels over the picture in grey, pale where it is background: its own colours would be mistaken for classes.</summary>
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

    /// <summary>A column shows a picture or paints labels.</summary>
    private sealed record Column(
        string Heading, Func<Example, Picture?>? Picture = null, Func<Example, LabelMap?>? Labels = null, bool Judged = false)
    {
        public bool IsIn(Example example) => Picture?.Invoke(example) is not null || Labels?.Invoke(example) is not null;
    }
}
