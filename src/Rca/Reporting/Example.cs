using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;

namespace Rca.Reporting;

/// <summary>One picture with all that was made of it; what is null was not made.</summary>
/// <param name="Name">The image's name.</param>
/// <param name="Split">The part of the data set that it belongs to.</param>
/// <param name="Tags">Its classes, counted from 0.</param>
/// <param name="Picture">RGB, of any size: the page shows it small.</param>
public sealed record Example(string Name, Split Split, IReadOnlyList<int> Tags, Picture Picture)
{
    /// <summary>Why it is shown, in a few words, if it is shown in a <see cref="Gallery"/>.</summary>
    public string? Note { get; init; }

    /// <summary>The first activation maps as a <see cref="HeatMap"/>.</summary>
    public Picture? FirstMap { get; init; }

    /// <summary>The final activation maps as a <see cref="HeatMap"/>.</summary>
    public Picture? FinalMap { get; init; }

    /// <summary>The pseudo label.</summary>
    public LabelMap? PseudoLabel { get; init; }

    /// <summary>What the segmentation network predicts without tags.</summary>
    public LabelMap? Prediction { get; init; }

    /// <summary>The true mask.</summary>
    public LabelMap? Truth { get; init; }
}
