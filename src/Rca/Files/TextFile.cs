namespace Rca.Files;

/// <summary>Writes texts so that they appear whole or not at all.</summary>
internal static class TextFile
{
    public static void Write(string path, string text) =>
        WholeFile.Write(path, temporary => File.WriteAllText(temporary, text), " Check the disk space and the permissions of its folder.");
}
