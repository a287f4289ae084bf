using System.Text;

namespace Rca.Text;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line on which it starts, from 1.</param>
/// <param name="Fields">Its fields, unquoted.</param>
/// <param name="Mistake">What breaks the quoting rules, or null.</param>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields, string? Mistake);

/// <summary>Reads comma-separated values as RFC 4180 has them, with LF, CRLF or CR line ends; blank lines are skipped.</summary>
internal sealed class CsvReader
{
    /// <summary>A longer field must be a quote that was never closed.</summary>
    private const int MaxField = 65_536;

    private const int End = -1;

    private readonly TextReader _text;
    private int _next;
    private int _line = 1;

    private CsvReader(TextReader text) => (_text, _next) = (text, text.Read());

    /// <summary>The records one by one; a file of any size takes the memory of one record.</summary>
    /// <exception cref="DecoderFallbackException">The text is not in the reader's encoding.</exception>
    public static IEnumerable<CsvRecord> Read(TextReader text)
    {
        var reader = new CsvReader(text);
        while (reader._next != End)
        {
            var record = reader.ReadRecord();
            if (record.Mistake is not null || record.Fields.Count > 1 || !string.IsNullOrWhiteSpace(record.Fields[0]))
                yield return record;
        }
    }

    private CsvRecord ReadRecord()
    {
        var start = _line;
        List<string> fields = [];
        string? mistake = null;
        var field = new StringBuilder();
        var (quoted, closed) = (false, false);
        while (field.Length <= MaxField && fields.Count <= MaxField)
        {
            var c = Take();
            if (c == End || (!quoted && c == '\n'))
            {
                fields.Add(field.ToString());
                return new CsvRecord(start, fields, quoted ? "a quote that opens here is never closed" : mistake);
            }
            if (quoted && c == '"' && _next == '"')
                field.Append((char)Take());
            else if (quoted && c == '"')
                (quoted, closed) = (false, true);
            else if (quoted)
                field.Append((char)c);
            else if (c == ',')
            {
                fields.Add(field.ToString());
                field.Clear();
                closed = false;
            }
            else if (closed)
                mistake = "there is text after a closing quote";
            else if (c == '"' && field.Length == 0)
                quoted = true;
            else
                field.Append((char)c);
        }
        return new CsvRecord(start, fields, $"a field is longer than {MaxField} characters; a quote that opens here is probably never closed");
    }

    /// <summary>The next character; every kind of line ending is returned as LF.</summary>
    private int Take()
    {
        var c = _next;
        _next = c == End ? End : _text.Read();
        if (c == '\r')
        {
            if (_next == '\n')
                _next = _text.Read();
            c = '\n';
        }
        if (c == '\n')
            _line++;
        return c;
    }
}
