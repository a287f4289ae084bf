using System.Text.Json;
using Rca.Data;
using Rca.Files;
using Rca.Text;

namespace Rca.Passes;

/// <summary>
/// The record that a pass over pictures, which writes a mask for each, keeps in its folder: what the masks were made from, and how many are done. A
/// stopped pass goes on from there. A pass made from something else starts again and removes the old masks, so that masks of two networks
/// or settings never mix.
/// </summary>
/// <typeparam name="T">What the pass counts, as JSON holds it.</typeparam>
/// <param name="folder">Folder of the masks.</param>
/// <param name="madeFrom">A text that changes with everything that the masks depend on; null keeps no record, so every pass starts again.</param>
/// <param name="images">The pictures in their order.</param>
internal sealed class PassRecord<T>(string folder, string? madeFrom, IReadOnlyList<TaggedImage> images) where T : class
{
    private const string FileName = "made-from.json", LinesName = "made-from.jsonl", Nothing = "";

    private string RecordPath => Path.Combine(folder, FileName);

    private string LinesPath => Path.Combine(folder, LinesName);

    /// <summary>Pictures that are done, masks written for them, the counts, and what <see cref="Save"/> was given line by line; 0 and null where the pass begins.</summary>
    public (int Done, int Written, T? Counts, IReadOnlyList<string> Lines) Begin()
    {
        if (madeFrom is null) return (0, 0, null, []);
        if (Read() is { } found && found.MadeFrom == madeFrom && found.Done <= images.Count && Present(found.Done) == found.Written && Lines(found.LinesLength) is { } lines)
            return (found.Done, found.Written, found.Counts, lines);
        if (!File.Exists(RecordPath) && images.FirstOrDefault(image => File.Exists(Path.Combine(folder, image.MaskName))) is { } other)
            throw new RcaException($"{Path.Combine(folder, other.MaskName)} is there, and nothing says what it was made from. Move the masks in {folder} elsewhere, or choose another folder: they would be overwritten.");
        // First a record of nothing: whatever stops this, the masks that are left are known to be this program's, and belong to none.
        Write(Nothing, 0, 0, null, 0);
        if (File.Exists(LinesPath)) File.Delete(LinesPath);
        foreach (TaggedImage image in images)
            if (Path.Combine(folder, image.MaskName) is var mask && File.Exists(mask)) File.Delete(mask);
        Save(0, 0, null, []);
        return (0, 0, null, []);
    }

    /// <summary>Notes that the first pictures are done.</summary>
    /// <param name="done">How many.</param>
    /// <param name="written">Masks written for them.</param>
    /// <param name="counts">The counts so far.</param>
    /// <param name="lines">Further lines about the pictures since the last call; they are appended, so that the cost of a picture does not grow with their number.</param>
    public void Save(int done, int written, T? counts, IEnumerable<string> lines)
    {
        if (madeFrom is null) return;
        long length = 0;
        // What is appended counts only once the record says how long it is.
        OutputFile.Write(folder, LinesName, path =>
        {
            File.AppendAllLines(path, lines);
            length = new FileInfo(path).Length;
        });
        Write(madeFrom, done, written, counts, length);
    }

    private void Write(string from, int done, int written, T? counts, long length) =>
        OutputFile.Write(folder, FileName, path => TextFile.Write(path, JsonSerializer.Serialize(new Content(from, done, written, counts, length), SettingOverrides.Json)));

    /// <summary>The lines up to a length, behind which they are cut off; null where the file is shorter.</summary>
    private string[]? Lines(long length)
    {
        if (!File.Exists(LinesPath)) return null;
        using (var stream = new FileStream(LinesPath, FileMode.Open, FileAccess.ReadWrite))
        {
            if (stream.Length < length) return null;
            stream.SetLength(length);
        }
        return File.ReadAllLines(LinesPath);
    }

    private int Present(int done) => images.Take(done).Count(image => File.Exists(Path.Combine(folder, image.MaskName)));

    private Content? Read()
    {
        try
        {
            return File.Exists(RecordPath) ? JsonSerializer.Deserialize<Content>(File.ReadAllBytes(RecordPath), SettingOverrides.Json) : null;
        }
        catch (JsonException)
        {
            return null; // of another version
        }
    }

    private sealed record Content(string MadeFrom, int Done, int Written, T? Counts, long LinesLength);
}
