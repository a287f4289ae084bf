using System.Security.Cryptography;
using System.Text;
using Rca.Text;

namespace Rca.Data;

/// <summary>Images with tags, from whatever layout they were read.</summary>
/// <param name="Root">The data set's folder.</param>
/// <param name="Classes">Class names in order; class c has label c + 1 in masks.</param>
/// <param name="Images">All usable images, in the order of the source.</param>
/// <param name="Problems">What was left out or looks wrong, in words for a person.</param>
public sealed record TaggedDataset(
    string Root,
    IReadOnlyList<string> Classes,
    IReadOnlyList<TaggedImage> Images,
    IReadOnlyList<DatasetProblem> Problems)
{
    /// <summary>
    /// Pictures beside <see cref="Images"/> of which nothing says what they show. Nothing is learnt from them, not even background; a trained
    /// network can predict them.
    /// </summary>
    public IReadOnlyList<TaggedImage> Untagged { get; init; } = [];

    /// <summary>The layout that it was read from.</summary>
    public DatasetLayout Layout { get; init; }

    /// <summary>The files and folders that this layout knows, found or not.</summary>
    public IReadOnlyList<DatasetPart> Parts { get; init; } = [];

    /// <summary>The images of one part, in order.</summary>
    public IReadOnlyList<TaggedImage> Of(Split split) => [.. Images.Where(image => image.Split == split)];

    /// <summary>At most <paramref name="count"/> images, evenly spread over the list.</summary>
    internal static IEnumerable<TaggedImage> Spread(IReadOnlyList<TaggedImage> images, int count) =>
        Enumerable.Range(0, Math.Min(count, images.Count)).Select(i => images[(int)((long)i * images.Count / Math.Min(count, images.Count))]);

    /// <summary>This data set, where something of it is usable.</summary>
    /// <exception cref="RcaException">There is no usable image; the message lists every reason.</exception>
    internal TaggedDataset RequireUsable() => Images.Count > 0 && Classes.Count > 0
        ? this
        : throw new RcaException($"{Root}: no data set can be loaded from here.\n  " + string.Join("\n  ", Problems.Select(static problem => problem.Message)));

    /// <summary>A short text that changes with the images' number, order, names or tags; the contents of files are not read.</summary>
    public static string Fingerprint(IReadOnlyList<TaggedImage> images)
    {
        var text = new StringBuilder();
        foreach (TaggedImage image in images) text.Append(image.Name).Append('\0').AppendJoin(',', image.Tags).Append('\n');
        return $"{images.Count} images, {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]}";
    }
}
