using System.Globalization;

namespace Rca.Files;

/// <summary>
/// Keeps a folder for one program that writes there. The system lets go of it when the program ends, however that ends, so that no lock is left
/// behind.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private const string LockName = ".lock", OwnerName = ".lock-owner";
    private readonly string _folder;
    private readonly FileStream _held;

    private FolderLock(string folder, FileStream held) => (_folder, _held) = (folder, held);

    /// <summary>Takes a folder, which is made where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="RcaException">Another program writes there, or nothing can be written.</exception>
    public static FolderLock Take(string folder)
    {
        string path = Path.Combine(folder, LockName);
        try
        {
            Directory.CreateDirectory(folder);
            var taken = new FolderLock(folder, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            taken.SayWho();
            return taken;
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new RcaException($"Another program is writing into {folder}{OwnerOf(folder)}. Wait until it ends, or choose another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"Nothing can be written into {folder} ({e.Message.TrimEnd('.')}). Choose another folder, or get the right to write there.", e);
        }
    }

    /// <summary>Lets others write there. The file that was held stays: somebody may be about to hold it, and would then hold one that no longer has a name.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(Path.Combine(_folder, OwnerName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone, or closed to us by now.
        }
        finally
        {
            _held.Dispose();
        }
    }

    private void SayWho()
    {
        try
        {
            File.WriteAllText(Path.Combine(_folder, OwnerName), string.Create(
                CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}, '{string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}'"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is held all the same.
        }
    }

    private static string OwnerOf(string folder)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(folder, OwnerName));
            return text.Length is > 0 and < 4096 ? $": {text}" : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
