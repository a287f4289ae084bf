namespace Rca.Cli.Tests;

public sealed class OutputTests
{
    [Fact]
    public void Json_mode_writes_the_document_and_nothing_else()
    {
        var (output, writer) = Make(json: true);

        output.Line("for a person");
        output.Table(["a"], [["b"]]);
        output.Json(new { MeanIou = (double?)null, Name = "größe & <tag>" });

        Assert.Equal("{\n  \"mean_iou\": null,\n  \"name\": \"größe & <tag>\"\n}\n", writer.ToString());
    }

    [Fact]
    public void Plain_mode_aligns_columns_and_writes_no_json()
    {
        var (output, writer) = Make(json: false);

        output.Table(["class", "IoU"], [["bird", "50.0 %"], ["vegetable", "7.5 %"]]);
        output.Json(new { Hidden = true });

        Assert.Equal("class         IoU\nbird       50.0 %\nvegetable   7.5 %\n", writer.ToString());
    }

    [Fact]
    public void Markup_in_names_is_shown_as_it_is()
    {
        var writer = new StringWriter();
        var output = new Output(new Terminal(writer, TextWriter.Null, OutIsTerminal: true), json: false);

        output.Table(["class"], [["[red]x[/]"]]);

        Assert.Contains("[red]x[/]", writer.ToString());
    }

    private static (Output, StringWriter) Make(bool json)
    {
        var writer = new StringWriter();
        return (new Output(new Terminal(writer, TextWriter.Null), json), writer);
    }
}
