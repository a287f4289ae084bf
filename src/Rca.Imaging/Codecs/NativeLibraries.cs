namespace Rca.Imaging.Codecs;

/// <summary>Turns a missing codec library into an error that says what to install.</summary>
internal static class NativeLibraries
{
    public static T Guard<T>(string path, string package, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DllNotFoundException e)
        {
            throw new PictureException(path, $"needs a library that is not installed; install it with: sudo apt-get install {package}", e);
        }
    }
}
