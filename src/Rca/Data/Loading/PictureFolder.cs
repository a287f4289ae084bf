using Rca.Files;

namespace Rca.Data.Loading;

/// <summary>Pictures without tags: a file, or all pictures below a folder.</summary>
public static class PictureFolder
{
    private static readonly HashSet<string> Extensions = new([".jpg", ".jpeg", ".png"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The pictures at a path, in ordinal order, named by their path below it.</summary>
    /// <exception cref="RcaException">There is nothing at the path, no picture in it, or two pictures whose masks would have one name.</exception>
    public static IReadOnlyList<TaggedImage> Find(string path)
    {
        if (File.Exists(path)) return [Untagged(Path.GetFileName(path), path)];
        if (!Directory.Exists(path)) throw new RcaException($"{path} does not exist. Name a JPEG or PNG file, or a folder of them.");
        TaggedImage[] images = [.. SafeFolder.List(path).Files
            .Where(static file => Extensions.Contains(Path.GetExtension(file.Name)))
            .Select(static file => Untagged(file.Name, file.Path))];
        if (images.Length == 0) throw new RcaException($"{path} holds no pictures. Files ending in {string.Join(", ", Extensions)} are read, in any subfolder.");
        if (images.GroupBy(static image => image.MaskName).FirstOrDefault(static group => group.Count() > 1) is { } same)
            throw new RcaException($"The pictures {string.Join(" and ", same.Select(static image => image.Name))} below {path} would have one mask, {same.Key}. Rename one of them.");
        return images;
    }

    private static TaggedImage Untagged(string name, string path) => new(name, path, [], Split.Test, MaskPath: null);
}
