using System.Collections.Concurrent;
using Rca.Computing;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Data;

/// <summary>The result of writing masks.</summary>
/// <param name="Masks">Masks written.</param>
/// <param name="Unreadable">Masks that could not be read, with the reason.</param>
public sealed record TrueMasksResult(int Masks, IReadOnlyDictionary<string, string> Unreadable);

/// <summary>Writes the true masks of images as files.</summary>
public static class TrueMasks
{
    /// <summary>What to do about masks of 0 and 255 alone, which many tools write.</summary>
    public const string ClassesAreNumbered = "If 255 stands for a class there, write the class's number in its place: 1 for the first, 2 for the second.";

    /// <summary>Writes a label file for each image that has a true mask, named like it.</summary>
    /// <param name="images">The images.</param>
    /// <param name="output">Folder of the masks.</param>
    /// <param name="progress">Receives the progress after each picture, from several threads.</param>
    /// <param name="cancellation">Stops between images; written files stay.</param>
    public static TrueMasksResult Write(
        IReadOnlyList<TaggedImage> images, string output, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var unreadable = new ConcurrentDictionary<string, string>();
        int written = 0, done = 0;
        Workers.For(images.Count, Workers.AllProcessors, cancellation, i =>
        {
            if (Read(images[i]) is { } mask)
            {
                OutputFile.Write(output, images[i].MaskName, path => LabelFile.Write(path, mask));
                Interlocked.Increment(ref written);
            }
            progress?.Report((Interlocked.Increment(ref done), images.Count));
        });
        return new TrueMasksResult(written, unreadable);

        LabelMap? Read(TaggedImage image)
        {
            try
            {
                return image.ReadMask();
            }
            catch (PictureException e)
            {
                unreadable.TryAdd(image.Name, e.Message);
                return null;
            }
        }
    }
}
