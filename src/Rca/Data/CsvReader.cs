using System.Text;

namespace Rca.Data;

/// <summary>One record of a CSV file.</summary>
/// <param name="Line">The line on which it starts, from 1.</param>
/// <param name="Fields">Its fields, unquoted.</param>
/// <param name="Mistake">What breaks the quoting rules, or null.</param>
internal sealed record CsvRecord(int Line, IReadOnlyList<string> Fields, string? Mistake);

/// <summary>Reads comma-separated values as RFC 4180 has them, with LF, CRLF or CR line ends; blank lines are skipped.</summary>
internal static class CsvReader
{
    /// <summary>A field beyond this is a quote that was never closed, not a field.</summary>
    private const int MaxField = 65_536;

    /// <summary>The records one by one; a file of any size takes the memory of one record.</summary>
    /// <exception cref="DecoderFallbackException">The text is not in the reader's encoding.</exception>
    public static IEnumerable<CsvRecord> Read(TextReader text)
    {
        var line = 1;
        while (text.Peek() >= 0)
        {
            var record = ReadRecord(text, ref line);
            if (record.Mistake is not null || record.Fields.Count > 1 || record.Fields[0].Trim().Length > 0)
                yield return record;
        }
    }

    private static CsvRecord ReadRecord(TextReader text, ref int line)
    {
        var start = line;
        List<string> fields = [];
        string? mistake = null;
        var field = new StringBuilder();
        var (quoted, closed) = (false, false);
        while (true)
        {
            var next = text.Read();
            if (next == '\r' && text.Peek() == '\n')
                next = text.Read();
            if (next is '\r' or '\n')
                line++;

            if (next < 0 || (!quoted && next is ('\r' or '\n')))
            {
                if (quoted)
                    mistake = "a quote that opens here is never closed";
                fields.Add(field.ToString());
                return new CsvRecord(start, fields, mistake);
            }
            if (quoted && next == '"' && text.Peek() == '"')
                field.Append((char)text.Read());
            else if (quoted && next == '"')
                (quoted, closed) = (false, true);
            else if (quoted)
                field.Append((char)next);
            else if (next == ',')
            {
                fields.Add(field.ToString());
                field.Clear();
                closed = false;
            }
            else if (closed)
                mistake = "there is text after a closing quote";
            else if (next == '"' && field.Length == 0)
                quoted = true;
            else
                field.Append((char)next);

            if (field.Length > MaxField || fields.Count > MaxField)
                return new CsvRecord(start, fields, $"a field is longer than {MaxField} characters; a quote that opens here is probably never closed");
        }
    }
}
