namespace Rca.Files;

/// <summary>Files named after images, below an output folder.</summary>
internal static class OutputFile
{
    /// <summary>Makes the file's folder and writes the file.</summary>
    /// <param name="root">The output folder.</param>
    /// <param name="name">Path below it with forward slashes.</param>
    /// <param name="write">Writes the file at the given path.</param>
    public static void Write(string root, string name, Action<string> write)
    {
        string path = Path.Combine(root, name);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"The folder {Path.GetDirectoryName(path)} cannot be made ({e.Message}).", e);
        }
        write(path);
    }
}
