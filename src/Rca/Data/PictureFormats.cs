namespace Rca.Data;

/// <summary>Which files are pictures, by their names.</summary>
internal static class PictureFormats
{
    private static readonly HashSet<string> Read = new(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".jpe", ".jfif", ".png" };
    private static readonly HashSet<string> Others = new(StringComparer.OrdinalIgnoreCase) { ".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2" };

    /// <summary>Whether a file is a picture that is read.</summary>
    public static bool IsRead(string name) => Read.Contains(Path.GetExtension(name));

    /// <summary>Whether a file is a picture of a format that is not read.</summary>
    public static bool IsOther(string name) => Others.Contains(Path.GetExtension(name));

    /// <summary>What to do with one.</summary>
    public static string Advice(string name) => $"{name}: {Path.GetExtension(name)} pictures are not read; convert it to JPEG or PNG.";
}
