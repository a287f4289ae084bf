using System.Text;
using Rca.Text;

namespace Rca.Data.Folder;

/// <summary>One row of <c>tags.csv</c>, its tags as they are written.</summary>
internal sealed record TagsRow(int Line, string Image, IReadOnlyList<string> Tags, Split Split);

/// <summary>Reads <c>tags.csv</c>: which picture has which tags and belongs to which split.</summary>
internal static class TagsFile
{
    public const string Name = "tags.csv";

    private const string Expected = "expected the header 'image,tags' or 'image,tags,split', then one row for each picture, as in 'a.jpg,cat;dog,train'";

    private static readonly string[] Columns = ["image", "tags", "split"];

    /// <summary>The rows that could be parsed. If the header could not, the result is empty and a fatal problem says why.</summary>
    public static IReadOnlyList<TagsRow> Read(string path, ProblemList problems)
    {
        List<TagsRow> rows = [];
        try
        {
            // Pipes and devices have no length either; opening one could wait for ever.
            if (new FileInfo(path).Length == 0)
            {
                problems.Add("header", $"{Name} is empty; {Expected}.", fatal: true);
                return [];
            }
            // Bytes that are not UTF-8 throw: read leniently, they would turn into names that no file has.
            using var text = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true));
            Header? header = null;
            foreach (var record in CsvReader.Read(text))
            {
                if (header is null)
                {
                    header = Header.Read(record, problems);
                    if (header is null)
                        return [];
                }
                else if (ReadRow(record, header, problems) is { } row)
                    rows.Add(row);
            }
            if (header is null)
                problems.Add("header", $"{Name} has blank lines alone; {Expected}.", fatal: true);
        }
        catch (DecoderFallbackException)
        {
            problems.Add("encoding", $"{Name} is not UTF-8 text; save it as UTF-8.", fatal: true);
            return [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problems.Add("unreadable tags", $"{Name} cannot be read ({failure.Message.TrimEnd('.')}). Check the file and your rights to it.", fatal: true);
            return [];
        }
        return rows;
    }

    private static TagsRow? ReadRow(CsvRecord record, Header header, ProblemList problems)
    {
        var where = $"{Name} line {record.Line}";
        if (record.Mistake is not null)
        {
            problems.Add("row not understood", $"{where}: {record.Mistake}. The row is left out; write a quote inside a quoted field twice.");
            return null;
        }
        if (record.Fields.Count != header.Width)
        {
            problems.Add(
                "row not understood",
                $"{where}: the header has {header.Width} fields, this row {record.Fields.Count}. The row is left out; "
                + "separate tags by ';' and put names with a comma in double quotes.");
            return null;
        }
        var image = record.Fields[header.Image].Trim();
        if (image.Length == 0)
        {
            problems.Add("row not understood", $"{where}: the image is empty. The row is left out; expected a path below images/.");
            return null;
        }
        var split = header.Split < 0 ? "" : record.Fields[header.Split].Trim();
        if (ParseSplit(split) is not { } part)
        {
            problems.Add(
                "unknown split",
                $"{where}: split '{split}'; expected train, val or test (empty is train).{NearestName.Hint(split, ["train", "val", "test"])} The row is left out.");
            return null;
        }
        var tags = record.Fields[header.Tags].Split(';').Where(tag => !string.IsNullOrWhiteSpace(tag));
        return new TagsRow(record.Line, image, [.. tags], part);
    }

    private static Split? ParseSplit(string text) => text.ToLowerInvariant() switch
    {
        "" or "train" => Split.Train,
        "val" => Split.Val,
        "test" => Split.Test,
        _ => null,
    };

    /// <summary>Where the columns are; -1 where there is no split column.</summary>
    private sealed record Header(int Image, int Tags, int Split, int Width)
    {
        public static Header? Read(CsvRecord record, ProblemList problems)
        {
            var names = record.Fields.Select(name => name.Trim().ToLowerInvariant()).ToList();
            var found = string.Join(',', record.Fields);
            if (found.Length > 120)
                found = found[..120] + "...";
            var missing = Columns[..2].Where(column => !names.Contains(column)).ToList();
            var twice = Columns.Where(column => names.Count(name => name == column) > 1).ToList();
            if (missing.Count > 0)
            {
                var separator = names.Count == 1 && found.AsSpan().IndexOfAny(";\t") >= 0 ? " Separate the columns by commas." : "";
                problems.Add(
                    "header", $"{Name} line {record.Line}: found '{found}', without the column {string.Join(" and ", missing)}; {Expected}.{separator}", fatal: true);
            }
            if (twice.Count > 0)
                problems.Add("header", $"{Name} line {record.Line}: the column {string.Join(" and ", twice)} is there twice; {Expected}.", fatal: true);
            if (missing.Count > 0 || twice.Count > 0)
                return null;

            foreach (var unknown in names.Except(Columns))
                problems.Add(
                    "unknown column",
                    $"{Name} line {record.Line}: column '{unknown}' is not used; known are image, tags and split.{NearestName.Hint(unknown, Columns.Except(names))}");
            return new Header(names.IndexOf("image"), names.IndexOf("tags"), names.IndexOf("split"), names.Count);
        }
    }
}
