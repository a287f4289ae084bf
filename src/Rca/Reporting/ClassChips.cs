using Rca.Imaging.Masks;

namespace Rca.Reporting;

/// <summary>Labels on the page: their colour beside their name.</summary>
internal sealed class ClassChips(HtmlPage page, IReadOnlyList<string> classes)
{
    public void Add(int label)
    {
        var (red, green, blue) = VocPalette.Colour(label);
        page.Add($"""<span class="chip"><i style="background:rgb({red},{green},{blue})"></i>{NameOf(label)}</span>""");
    }

    private string NameOf(int label) => label switch
    {
        0 => "background",
        LabelMap.Ignore => "ignored",
        _ when label <= classes.Count => classes[label - 1],
        _ => $"class {label}",
    };
}
