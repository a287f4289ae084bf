using System.Collections.Concurrent;
using Rca.Computing;
using Rca.Imaging;
using Rca.Imaging.Codecs;

namespace Rca.Data.Loading;

/// <summary>Images whose pictures have one size, so that a network can look at them at once.</summary>
/// <param name="Images">The images.</param>
/// <param name="Pictures">Their pictures, RGB, in the same order.</param>
public sealed record PictureGroup(IReadOnlyList<TaggedImage> Images, IReadOnlyList<Picture> Pictures)
{
    /// <summary>As many pixels as are held at once: 192 MiB of RGB.</summary>
    private const long PixelsAtOnce = 64_000_000;

    /// <summary>Splits images so that each part's pictures fit into memory together.</summary>
    /// <param name="images">The images, in their order.</param>
    /// <param name="most">Images in a part.</param>
    public static IEnumerable<TaggedImage[]> Chunk(IReadOnlyList<TaggedImage> images, int most)
    {
        var part = new List<TaggedImage>();
        long pixels = 0;
        foreach (TaggedImage image in images)
        {
            long own = Pixels(image);
            if (part.Count == most || (part.Count > 0 && pixels + own > PixelsAtOnce))
            {
                yield return [.. part];
                part.Clear();
                pixels = 0;
            }
            part.Add(image);
            pixels += own;
        }
        if (part.Count > 0) yield return [.. part];
    }

    /// <summary>From the file's header alone; 0 where it cannot be read, which reading the picture will report.</summary>
    private static long Pixels(TaggedImage image)
    {
        try
        {
            var (width, height) = PictureFile.ReadSize(image.Path);
            return (long)width * height;
        }
        catch (PictureException)
        {
            return 0;
        }
    }

    /// <summary>Reads pictures in parallel and groups them by size.</summary>
    /// <param name="images">The images, few enough that their pictures fit into memory.</param>
    /// <param name="unreadable">Receives the pictures that cannot be read, with the reason.</param>
    public static IEnumerable<PictureGroup> Read(IReadOnlyList<TaggedImage> images, ConcurrentDictionary<string, string>? unreadable = null)
    {
        var pictures = new Picture?[images.Count];
        Workers.For(images.Count, Workers.AllProcessors, CancellationToken.None, i =>
        {
            try
            {
                pictures[i] = PictureFile.ReadRgb(images[i].Path);
            }
            catch (PictureException e)
            {
                unreadable?.TryAdd(e.Path, e.Message);
            }
        });
        return Enumerable.Range(0, images.Count)
            .Where(i => pictures[i] is not null)
            .GroupBy(i => (pictures[i]!.Width, pictures[i]!.Height))
            .Select(group => new PictureGroup([.. group.Select(i => images[i])], [.. group.Select(i => pictures[i]!)]));
    }
}
