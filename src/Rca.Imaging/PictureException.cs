namespace Rca.Imaging;

/// <summary>A picture or label file that could not be read or written. The message names the file, what was found and what was expected.</summary>
public sealed class PictureException : Exception
{
    /// <summary>Makes the error for <paramref name="path"/>; <paramref name="problem"/> completes the sentence "path: ...".</summary>
    public PictureException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }
}
