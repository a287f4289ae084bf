using Rca.Imaging;

namespace Rca.Files;

/// <summary>Writes folders so that they appear whole or not at all.</summary>
internal static class WholeFolder
{
    /// <summary>Fills a folder under a temporary name, then renames it.</summary>
    /// <param name="directory">Where to write; it must not exist, or must be empty.</param>
    /// <param name="fill">Fills the folder at the given path, which exists.</param>
    /// <exception cref="RcaException">The folder is in use, or the disk refuses.</exception>
    public static void Write(string directory, Action<string> fill)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new RcaException($"{directory} exists and is not empty. Name a new folder, or remove this one.");
        string unfinished = $"{target}.unfinished-{Environment.ProcessId}";
        try
        {
            // Of a killed run that had the same process id.
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            Directory.CreateDirectory(unfinished);
            fill(unfinished);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(unfinished, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PictureException)
        {
            throw new RcaException($"{directory}: the sample set could not be written ({e.Message.TrimEnd('.')}). Check the place and your rights to it.", e);
        }
        finally
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        }
    }
}
