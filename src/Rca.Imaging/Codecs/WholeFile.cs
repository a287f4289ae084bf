namespace Rca.Imaging.Codecs;

/// <summary>Reads a file whole within a limit, and writes one so that it appears whole or not at all.</summary>
internal static class WholeFile
{
    private static int _writes;

    public static FileStream Open(string path, PictureLimits limits)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                throw new PictureException(
                    path, Directory.Exists(path) ? "a picture was expected, this is a folder." : "there is no such file.");
            // Pipes and devices have no length either: refused here, before opening one could block.
            if (info.Length == 0)
                throw new PictureException(path, "the file is empty.");
            if (info.Length > limits.MaxFileBytes)
                throw new PictureException(path, $"the file has {info.Length:N0} bytes, more than the limit of {limits.MaxFileBytes:N0}.");
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PictureException(path, $"cannot be read: {e.Message}", e);
        }
    }

    public static byte[] Read(string path, PictureLimits limits)
    {
        using FileStream stream = Open(path, limits);
        try
        {
            var bytes = new byte[Math.Min(stream.Length, limits.MaxFileBytes)];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw new PictureException(path, $"cannot be read: {e.Message}", e);
        }
    }

    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string? temporary = null;
        try
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new IOException("a file name was expected.");
            temporary = Path.Combine(folder, $".{Environment.ProcessId}-{Interlocked.Increment(ref _writes)}.tmp");
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
                stream.Write(content);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (temporary is not null)
                TryDelete(temporary);
            throw new PictureException(path, $"cannot be written: {e.Message}", e);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write's own error is the one to report.
        }
    }
}
