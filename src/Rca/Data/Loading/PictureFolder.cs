using Rca.Files;

namespace Rca.Data.Loading;

/// <summary>Pictures without tags.</summary>
/// <param name="Images">The pictures, in ordinal order, named by their path below the folder.</param>
/// <param name="LeftOut">What looks like a picture and is left out, each with the reason.</param>
public sealed record FoundPictures(IReadOnlyList<TaggedImage> Images, IReadOnlyList<string> LeftOut);

/// <summary>Pictures without tags: a file, or all pictures below a folder.</summary>
public static class PictureFolder
{
    /// <summary>The pictures at a path.</summary>
    /// <param name="path">A picture, or a folder of them.</param>
    /// <param name="except">Folders that are passed over, such as those that results go into.</param>
    /// <exception cref="RcaException">There is nothing at the path, no picture in it, or two pictures whose masks would have one name.</exception>
    public static FoundPictures Find(string path, params IReadOnlyList<string> except)
    {
        if (File.Exists(path)) return new FoundPictures([Untagged(Path.GetFileName(path), path)], []);
        if (!Directory.Exists(path)) throw new RcaException($"{path} does not exist. Name a JPEG or PNG file, or a folder of them.");
        FolderListing listing = SafeFolder.List(path);
        string[] passed = [.. except.Select(static folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + '/')];
        FoundFile[] files = [.. listing.Files.Where(file => !passed.Any(folder => Path.GetFullPath(file.Path).StartsWith(folder, StringComparison.Ordinal)))];
        string[] leftOut = [.. listing.Problems.Select(static problem => problem.Message), .. files.Where(static file => PictureFormats.IsOther(file.Name)).Select(static file => PictureFormats.Advice(file.Name))];
        TaggedImage[] images = [.. files.Where(static file => PictureFormats.IsRead(file.Name)).Select(static file => Untagged(file.Name, file.Path))];
        if (images.Length == 0) throw new RcaException($"{path} holds no pictures. JPEG and PNG files are read, in any subfolder.{string.Concat(leftOut.Take(1).Select(static reason => " " + reason))}");
        if (images.GroupBy(static image => image.MaskName).FirstOrDefault(static group => group.Count() > 1) is { } same)
            throw new RcaException($"The pictures {string.Join(" and ", same.Select(static image => image.Name))} below {path} would have one mask, {same.Key}. Rename one of them.");
        return new FoundPictures(images, leftOut);
    }

    private static TaggedImage Untagged(string name, string path) => new(name, path, [], Split.Test, MaskPath: null);
}
