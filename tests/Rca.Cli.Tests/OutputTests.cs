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

    /// <summary>Names and classes come from files of others; a terminal would execute what stands in them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Control_characters_do_not_reach_the_terminal(bool isTerminal)
    {
        var (writer, error) = (new StringWriter(), new StringWriter());
        var output = new Output(new Terminal(writer, error, OutIsTerminal: isTerminal), json: false);
        const string name = "\u001b]0;title\u0007\u009b31mdog";

        output.Line(name);
        output.Note(name);
        output.Table([name], [[name]]);

        string written = writer.ToString() + error;
        Assert.DoesNotContain('\u0007', written);
        Assert.DoesNotContain('\u009b', written);
        Assert.DoesNotContain("\u001b]", written);
        Assert.Contains("mdog", written);
        Assert.DoesNotContain('\u001b', Cli.Run("check", name).Error);
    }

    /// <summary>Where nobody can read any more, the work goes on, and ends as it would have.</summary>
    [Fact]
    public async Task A_closed_or_full_output_ends_nothing()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Assert.Equal(ExitCode.Ok, await Application.RunAsync(["check", folder.Path], new Terminal(new Full(), new Full()), CancellationToken.None));
        Assert.Equal(ExitCode.Usage, await Application.RunAsync(["check", "--nonsense"], new Terminal(new Full(), new Full()), CancellationToken.None));
    }

    private sealed class Full : StringWriter
    {
        public override void Write(char value) => throw new IOException("No space left on device");

        public override void Write(string? value) => throw new IOException("No space left on device");

        public override void WriteLine(string? value) => throw new IOException("No space left on device");

        public override void Flush() => throw new IOException("No space left on device");
    }

    private static (Output, StringWriter) Make(bool json)
    {
        var writer = new StringWriter();
        return (new Output(new Terminal(writer, TextWriter.Null), json), writer);
    }
}
