using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rca.Cli.Progress;
using Rca.Progress;
using Spectre.Console;

namespace Rca.Cli;

/// <summary>
/// The output of one command. With <c>--json</c>, stdout carries one JSON document and nothing else; notes go to stderr.
/// </summary>
/// <param name="terminal">Where to write.</param>
/// <param name="json">True for a reader that is a program.</param>
public sealed class Output(Terminal terminal, bool json)
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // Names of files and classes stay readable; the document never lands in a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Where to write.</summary>
    public Terminal Terminal => terminal;

    /// <summary>A note before the result.</summary>
    public void Note(string text) => terminal.Error.WriteLine(text);

    /// <summary>A line of the result; nothing with <c>--json</c>.</summary>
    public void Line(string text = "")
    {
        if (!json)
            terminal.Out.WriteLine(text);
    }

    /// <summary>A line of the result whose first word is in colour on a terminal; nothing with <c>--json</c>.</summary>
    internal void Line(string word, Color color, string rest)
    {
        if (json)
            return;
        terminal.OutConsole().Write(new Spectre.Console.Text(word, new Style(color)));
        // Not through the drawing library, which would break long paths at the terminal's edge.
        terminal.Out.WriteLine(rest);
    }

    /// <summary>The result for a program; nothing without <c>--json</c>.</summary>
    public void Json<T>(T result)
    {
        if (json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(result, JsonOptions));
    }

    /// <summary>A table of the result; numbers (columns after the first) are aligned right. Nothing with <c>--json</c>.</summary>
    public void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (json)
            return;
        if (terminal.OutIsTerminal)
            DrawTable(headers, rows);
        else
            WriteTable([headers, .. rows]);
    }

    /// <summary>Does <paramref name="work"/> and shows on stderr how far it has come.</summary>
    public T WithProgress<T>(Func<IProgress<StageProgress>, T> work) => ProgressDisplay.Run(terminal, TimeProvider.System, work);

    private void DrawTable(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var table = new Table().RoundedBorder();
        for (var i = 0; i < headers.Count; i++)
            table.AddColumn(new TableColumn(Drawn(headers[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        foreach (var row in rows)
            table.AddRow([.. row.Select(Drawn)]);
        terminal.OutConsole().Write(table);
    }

    private static string Drawn(string cell) => Markup.Escape(TerminalWriter.Clean(cell));

    private void WriteTable(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. rows[0].Select((_, i) => rows.Max(row => row[i].Length))];
        foreach (var row in rows)
            terminal.Out.WriteLine(string.Join("  ", row.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
