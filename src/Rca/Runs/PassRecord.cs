using System.Text.Json;
using Rca.Data;

namespace Rca.Runs;

/// <summary>
/// What a pass over pictures, which writes a mask for each, leaves in its folder: what the masks are made from, and how far it has come. A
/// stopped pass goes on from there. One that is made from something else begins anew and removes what there was, so that masks of two networks
/// or settings never stand beside each other.
/// </summary>
/// <typeparam name="T">What the pass counts, as JSON holds it.</typeparam>
/// <param name="folder">Folder of the masks.</param>
/// <param name="madeFrom">Changes with everything that the masks depend on; null keeps no record, and every pass begins anew.</param>
/// <param name="images">The pictures in their order.</param>
internal sealed class PassRecord<T>(string folder, string? madeFrom, IReadOnlyList<TaggedImage> images) where T : class
{
    private const string FileName = "made-from.json";

    private string RecordPath => Path.Combine(folder, FileName);

    /// <summary>Pictures that are done, masks written for them, and the counts; 0 and null where the pass begins.</summary>
    public (int Done, int Written, T? Counts) Begin()
    {
        if (madeFrom is null) return (0, 0, null);
        if (Read() is { } found && found.MadeFrom == madeFrom && found.Done <= images.Count && Present(found.Done) == found.Written) return (found.Done, found.Written, found.Counts);
        // First the record: whatever stops this, the masks that are left belong to none.
        if (File.Exists(RecordPath)) File.Delete(RecordPath);
        foreach (TaggedImage image in images)
            if (Path.Combine(folder, image.MaskName) is var mask && File.Exists(mask)) File.Delete(mask);
        return (0, 0, null);
    }

    /// <summary>Notes that the first pictures are done.</summary>
    /// <param name="done">How many.</param>
    /// <param name="written">Masks written for them.</param>
    /// <param name="counts">The counts so far.</param>
    public void Save(int done, int written, T counts)
    {
        if (madeFrom is null) return;
        OutputFile.Write(folder, FileName, path => TextFile.Write(path, JsonSerializer.Serialize(new Content(madeFrom, done, written, counts), SettingOverrides.Json)));
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

    private sealed record Content(string MadeFrom, int Done, int Written, T Counts);
}
