namespace Rca.Files;

/// <summary>Writes texts so that they appear whole or not at all.</summary>
internal static class TextFile
{
    public static void Write(string path, string text)
    {
        string temporary = $"{path}.partial";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary)) File.Delete(temporary);
            throw new RcaException($"{path} cannot be written ({e.Message}). Check the disk space and the permissions of its folder.", e);
        }
    }
}
