namespace Rca.Imaging.Codecs;

/// <summary>Turns a missing codec library into an error that says what to install.</summary>
internal static class NativeLibraries
{
    public static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DllNotFoundException e)
        {
            (string library, string package) = e.Message.Contains(Spng.Library, StringComparison.Ordinal)
                ? (Spng.Library, Spng.Package)
                : (TurboJpeg.Library, TurboJpeg.Package);
            throw new PictureException(path, $"needs the library {library}, which is not installed; install it with: sudo apt-get install {package}", e);
        }
    }
}
