using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Data;

/// <summary>The part of a data set that an image belongs to.</summary>
public enum Split
{
    /// <summary>Images that the networks learn from.</summary>
    Train,

    /// <summary>Images for choosing between settings.</summary>
    Val,

    /// <summary>Images for the final figure.</summary>
    Test,
}

/// <summary>One image with its tags.</summary>
/// <param name="Name">
/// Path below the data set's image folder with forward slashes and with its extension, for example <c>street/0001.jpg</c>;
/// unique within a data set, also without its extension.
/// </param>
/// <param name="Path">Where the image file is.</param>
/// <param name="Tags">Classes in the image, counted from 0, ascending, each once.</param>
/// <param name="Split">The part that the image belongs to.</param>
/// <param name="MaskPath">The file of the true mask, for evaluation only; null where there is none.</param>
public sealed record TaggedImage(string Name, string Path, IReadOnlyList<int> Tags, Split Split, string? MaskPath)
{
    /// <summary>The name that masks of this image have below a mask folder: <see cref="Name"/> with the extension <c>.png</c>.</summary>
    public string MaskName => System.IO.Path.ChangeExtension(Name, ".png");

    /// <summary>False where <see cref="Tags"/> is empty because nothing says what the image shows; such a picture can still be evaluated if it has a true mask.</summary>
    public bool TagsKnown { get; init; } = true;

    /// <summary>
    /// Draws the true mask where annotations describe it and no file holds it; for evaluation only. Throws <see cref="PictureException"/> where it cannot.
    /// </summary>
    public Func<LabelMap>? DrawMask { get; init; }

    /// <summary>Whether there is a true mask.</summary>
    public bool HasMask => MaskPath is not null || DrawMask is not null;

    /// <summary>Reads or draws the true mask; null where there is none.</summary>
    /// <exception cref="PictureException">It cannot be read.</exception>
    public LabelMap? ReadMask() => MaskPath is { } path ? LabelFile.Read(path) : DrawMask?.Invoke();
}
