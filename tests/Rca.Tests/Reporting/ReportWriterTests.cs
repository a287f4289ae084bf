using System.Text.RegularExpressions;
using System.Xml.Linq;
using Rca.Imaging.Masks;
using Rca.Reporting;

namespace Rca.Tests.Reporting;

public sealed class ReportWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("' onload='alert(1)")]
    [InlineData("</style></title><b>&amp;")]
    public void TextFromOutsideStaysText(string text)
    {
        XElement page = Parse(Write(Samples.Full(text)));
        Assert.DoesNotContain(page.Descendants(), static element => element.Name.LocalName == "script");
        Assert.DoesNotContain(page.Descendants().Attributes(), static attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Equal(text, page.Descendants("title").Single().Value);
        Assert.Equal([text, text], page.Descendants("pre").Select(static element => element.Value)); // advice and the command line
        Assert.Contains(page.Descendants("img"), image => image.Attribute("alt")!.Value == $"Picture of {text}0");
        // In two legends, beside two pictures and in the table of classes.
        Assert.Equal(5, page.Descendants("span").Count(element => (string?)element.Attribute("class") == "chip" && element.Value == text));
    }

    [Fact]
    public void RefersToNothingOutsideItself()
    {
        string html = Write(Samples.Full());
        Assert.All(Regex.Matches(html, """(?:src|href)\s*=\s*["']?([^"'\s>]*)""").Select(static match => match.Groups[1].Value),
            static target => Assert.Matches("^(data:image/|#)", target));
        Assert.DoesNotMatch("https?:|//[a-z]|url\\(|@import|<script|<link|<iframe|<object", Regex.Replace(html, "base64,[^\"]*", ""));
    }

    [Fact]
    public void TheSameContentGivesTheSameFile() => Assert.Equal(Write(Samples.Full()), Write(Samples.Full()));

    [Fact]
    public void ShowsFiguresAndWhenItWasMade()
    {
        string text = Parse(Write(Samples.Full())).Value;
        Assert.Contains("0.67", text);
        Assert.Contains("4 March 2026, 05:06", text);
        Assert.Contains("12 s", text);
    }

    [Fact]
    public void ADozenLargePhotographsStayBelow4MBAnd200Pixels()
    {
        string html = Write(Samples.Full(examples: 12, side: 600));
        Assert.InRange(html.Length, 100_000, 4_000_000);
        Assert.Equal((12 + 1) * 6, Regex.Count(html, """width="200" height="150" src="""));
    }

    [Fact]
    public void SmallPicturesKeepTheirSize() => Assert.Contains("""width="24" height="18" src=""", Write(Samples.Full(side: 24)));

    [Fact]
    public void PartsAndColumnsWithoutContentAreLeftOut()
    {
        ReportContent full = Samples.Full();
        string html = Write(new ReportContent { Title = "t", Outcome = "o", Made = full.Made, Classes = [] });
        Assert.DoesNotContain("<section", html);

        string withoutMaps = Write(full with { Examples = [full.Examples[0] with { FirstMap = null, Prediction = null }], Galleries = [] });
        Assert.DoesNotContain("First map", withoutMaps);
        Assert.DoesNotContain("Prediction", withoutMaps);
        Assert.Contains("Final map", withoutMaps);
    }

    [Fact]
    public void ACellThatOnlySomeRowsHaveSaysSo()
    {
        ReportContent full = Samples.Full(examples: 2);
        XElement page = Parse(Write(full with { Examples = [full.Examples[0], full.Examples[1] with { Truth = null }] }));
        Assert.Single(page.Descendants("span"), static element => (string?)element.Attribute("class") == "missing");
        // Two scores in the first row; none where there is no truth.
        Assert.Equal(["mIoU 1.00", "mIoU 1.00"], page.Descendants("span").Where(static element => (string?)element.Attribute("class") == "score").Select(static element => element.Value));
    }

    [Fact]
    public void AnErrorLeavesTheOlderReportAndNothingElse()
    {
        string path = _folder.Text("report.html", "older");
        ReportContent full = Samples.Full();
        var broken = full with { Examples = [full.Examples[0] with { Truth = new LabelMap(3, 3) }] };
        Assert.Throws<RcaException>(() => ReportWriter.Write(path, broken));
        Assert.Equal("older", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("missing/report.html")]
    [InlineData("taken")]
    public void APlaceThatCannotBeWrittenIsATypedError(string name)
    {
        Directory.CreateDirectory(_folder.At("taken"));
        var error = Assert.Throws<RcaException>(() => ReportWriter.Write(_folder.At(name), Samples.Full()));
        Assert.Contains(name, error.Message);
        Assert.Equal([_folder.At("taken")], Directory.GetFileSystemEntries(_folder.Path));
    }

    private string Write(ReportContent content)
    {
        string path = _folder.At("out.html");
        ReportWriter.Write(path, content);
        return File.ReadAllText(path);
    }

    /// <summary>Our markup is XML but for its void elements; a tag left open would fail here.</summary>
    internal static XElement Parse(string html) =>
        XElement.Parse(Regex.Replace(html.Replace("<!DOCTYPE html>", ""), "<((?:meta|img)[^>]*)>", "<$1/>"), LoadOptions.PreserveWhitespace);
}
