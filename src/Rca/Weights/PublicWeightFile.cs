using Rca.Text;

namespace Rca.Weights;

/// <summary>A public file of ImageNet weights.</summary>
/// <param name="Name">The network, as torchvision names it.</param>
/// <param name="FileName">The file; its name holds the first eight digits of the SHA-256.</param>
/// <param name="Sha256">SHA-256 of the whole file, in hexadecimal.</param>
/// <param name="Megabytes">Approximate size in MiB; a larger file is refused.</param>
public sealed record PublicWeightFile(string Name, string FileName, string Sha256, int Megabytes)
{
    /// <summary>Where the files come from.</summary>
    public static Uri Source { get; } = new("https://download.pytorch.org/models/");

    /// <summary>Torchvision's ImageNet weights of the backbones that the method is used with (their first version, IMAGENET1K_V1).</summary>
    public static IReadOnlyList<PublicWeightFile> All { get; } =
    [
        new("vgg16", "vgg16-397923af.pth", "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0", 528),
        new("resnet18", "resnet18-f37072fd.pth", "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", 45),
        new("resnet34", "resnet34-b627a593.pth", "b627a593bcbe140c234610266fe4f8ae95ea42fc881d091c9b6052e6b1d0590f", 84),
        new("resnet50", "resnet50-0676ba61.pth", "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a", 98),
        new("resnet101", "resnet101-63fe2227.pth", "63fe2227b86e8f1f2063f43a75c84d195911b6a0eace650907dd3dc62dd49a0a", 171),
    ];

    /// <summary>Where pulled files are kept: <c>weights</c> below <c>$RCA_CACHE</c>, or else below the user's cache folder (<c>$XDG_CACHE_HOME/rca</c>).</summary>
    public static string CacheFolder => Path.Combine(
        Environment.GetEnvironmentVariable("RCA_CACHE") is { Length: > 0 } set ? set
            : Path.Combine(
                Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache) ? cache
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                "rca"),
        "weights");

    /// <summary>Finds weights by name.</summary>
    /// <exception cref="RcaException">The name is unknown.</exception>
    public static PublicWeightFile Find(string name) => All.FirstOrDefault(weights => weights.Name == name)
        ?? throw new RcaException($"There are no public weights named '{name}'. Known: {string.Join(", ", All.Select(static weights => weights.Name))}.{NearestName.Hint(name, All.Select(static weights => weights.Name))}");
}
