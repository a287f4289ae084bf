using System.Collections.Concurrent;
using Rca.Imaging;

namespace Rca.Data;

/// <summary>Images whose pictures have one size, so that a network can look at them at once.</summary>
/// <param name="Images">The images.</param>
/// <param name="Pictures">Their pictures, RGB, in the same order.</param>
public sealed record PictureGroup(IReadOnlyList<TaggedImage> Images, IReadOnlyList<Picture> Pictures)
{
    /// <summary>Reads pictures in parallel and groups them by size.</summary>
    /// <param name="images">The images, few enough that their pictures fit into memory.</param>
    /// <param name="unreadable">Takes the pictures that cannot be read, with the reason.</param>
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
