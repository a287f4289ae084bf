namespace Rca.Files;

/// <summary>Writes files so that they appear whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes a file under another name, then gives it its own.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the file at the given path.</param>
    /// <param name="advice">What to do where it cannot be written, after a space.</param>
    /// <exception cref="RcaException">The disk refuses.</exception>
    public static void Write(string path, Action<string> write, string advice = "")
    {
        string temporary = $"{path}.partial";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
            throw new RcaException($"{path} cannot be written ({e.Message}).{advice}", e);
        }
    }
}
