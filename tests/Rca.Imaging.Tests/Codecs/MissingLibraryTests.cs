using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Rca.Imaging.Codecs;

namespace Rca.Imaging.Tests.Codecs;

public sealed class MissingLibraryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("jpeg-rgb", "libturbojpeg0")]
    [InlineData("png-rgb", "libspng0")]
    public void The_error_says_what_to_install(string name, string package)
    {
        string path = folder.File("a", Golden.Case("pictures.json", name).Bytes("file"));

        // A second copy of the library, which finds no native one.
        var context = new AssemblyLoadContext("no codecs", isCollectible: true);
        Assembly copy = context.LoadFromAssemblyPath(typeof(PictureFile).Assembly.Location);
        NativeLibrary.SetDllImportResolver(copy, (library, _, _) => throw new DllNotFoundException(library));
        MethodInfo read = copy.GetType(typeof(PictureFile).FullName!)!.GetMethod(nameof(PictureFile.ReadRgb))!;

        Exception? error = Assert.Throws<TargetInvocationException>(() => read.Invoke(null, [path, null])).InnerException;
        Assert.Equal(nameof(PictureException), error!.GetType().Name);
        Assert.Contains($"apt-get install {package}", error.Message);
        Assert.Contains(path, error.Message);
        context.Unload();
    }
}
