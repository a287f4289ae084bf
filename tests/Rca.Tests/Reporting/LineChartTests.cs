using System.Text.RegularExpressions;
using System.Xml.Linq;
using Rca.Reporting;

namespace Rca.Tests.Reporting;

public class LineChartTests
{
    [Fact]
    public void AChartWithoutValuesSaysSo()
    {
        Assert.Contains("no values yet", Draw().Value);
        Assert.Contains("no values yet", Draw(double.NaN, double.PositiveInfinity).Value);
    }

    [Fact]
    public void OneValueIsADotWithItsLabel()
    {
        XElement chart = Draw(0.25);
        Assert.Single(chart.Descendants("circle"));
        Assert.Equal("0.250", LastLabel(chart));
    }

    [Fact]
    public void TwoValuesAreALineThatFallsWhereTheyFall()
    {
        Match line = Regex.Match(LinePath(Draw(0.8, 0.2)), """^M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)$""");
        Assert.True(line.Success);
        double[] numbers = [.. line.Groups.Values.Skip(1).Select(static group => double.Parse(group.Value))];
        Assert.True(numbers[2] > numbers[0], "time goes to the right");
        Assert.True(numbers[3] > numbers[1], "SVG counts downwards, so a smaller value has a larger y");
    }

    [Fact]
    public void MissingValuesLeaveGapsAndTheLastRealOneIsLabelled()
    {
        XElement chart = Draw(1, 2, double.NaN, 3, 4, double.NaN);
        Assert.Equal(2, LinePath(chart).Count(static c => c == 'M'));
        Assert.Equal("4.00", LastLabel(chart));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    [InlineData(-3, -2)]
    [InlineData(1e-12, 2e-12)]
    [InlineData(1e15, 1e15 + 1)]
    [InlineData(-1e300, 1e300)]
    public void AnyRangeGivesFiniteCoordinatesAndFewTicks(double first, double second)
    {
        XElement chart = Draw(first, second);
        Assert.DoesNotContain("NaN", chart.ToString());
        Assert.DoesNotContain("Infinity", chart.ToString());
        Assert.InRange(chart.Descendants("path").Count(static path => (string?)path.Attribute("class") == "grid"), 1, 12);
    }

    [Fact]
    public void LabelsOfCurvesThatEndTogetherDoNotCoverEachOther()
    {
        CurvePoint[] points = [new(1, 0.5), new(2, 0.1)];
        XElement chart = Draw(new Chart("c", [new("a", points), new("b", points), new("c", points)]));
        double[] heights = [.. Labels(chart).Select(static label => double.Parse(label.Attribute("y")!.Value))];
        Assert.Equal(3, heights.Length);
        Assert.All(heights.Zip(heights.Skip(1)), static pair => Assert.True(pair.Second - pair.First >= 12));
    }

    [Fact]
    public void LongRunsAreThinnedOutAndKeepTheirLastValue()
    {
        XElement chart = Draw([.. Enumerable.Range(0, 10_000).Select(static i => (double)i)]);
        Assert.InRange(LinePath(chart).Length, 1000, 10_000);
        Assert.Equal("9999", LastLabel(chart));
    }

    [Theory]
    [InlineData(0.31, 0.9, 0, 1, 0.2)]
    [InlineData(3.1, 4.8, 3, 5, 0.5)]
    [InlineData(-1, 1, -1, 1, 0.5)]
    public void AxesEndOnRoundTicks(double min, double max, double low, double high, double step)
    {
        var axis = Axis.Of(min, max);
        Assert.Equal(low, axis.Low, 9);
        Assert.Equal(high, axis.High, 9);
        Assert.Equal(step, axis.Step, 9);
    }

    private static XElement Draw(params double[] values) =>
        Draw(new Chart("title", [new("curve", [.. values.Select(static (value, i) => new CurvePoint(i + 1, value))])]));

    private static XElement Draw(Chart chart)
    {
        var page = new HtmlPage();
        LineChart.Add(page, chart);
        return XElement.Parse(page.ToString());
    }

    private static string LinePath(XElement chart) =>
        chart.Descendants("path").Single(static path => (string?)path.Attribute("class") == "line s0").Attribute("d")!.Value;

    private static IEnumerable<XElement> Labels(XElement chart) =>
        chart.Descendants("text").Where(static text => ((string?)text.Attribute("class"))?.StartsWith("last", StringComparison.Ordinal) == true);

    private static string LastLabel(XElement chart) => Labels(chart).Single().Value;
}
