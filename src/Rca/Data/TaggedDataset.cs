using System.Security.Cryptography;
using System.Text;

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

    /// <summary>A short text that changes with the images' number, order, names or tags; contents of files are not looked at.</summary>
    public static string Fingerprint(IReadOnlyList<TaggedImage> images)
    {
        var text = new StringBuilder();
        foreach (TaggedImage image in images) text.Append(image.Name).Append('\0').AppendJoin(',', image.Tags).Append('\n');
        return $"{images.Count} images, {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]}";
    }
}

/// <summary>Something in a data set that a person should know.</summary>
/// <param name="Kind">Groups problems of one kind, for example "missing picture".</param>
/// <param name="Message">What was found, what was expected, what to do.</param>
/// <param name="Fatal">True where training could not start.</param>
public sealed record DatasetProblem(string Kind, string Message, bool Fatal = false)
{
    /// <summary>How many there are of what the message says: 1, or more where it sums up the rest of a kind.</summary>
    public int Count { get; init; } = 1;
}
