using Rca.Text;

namespace Rca.Data.Loading;

/// <summary>What <see cref="DatasetCheck"/> found in a data set.</summary>
/// <param name="Root">The data set's folder.</param>
/// <param name="Layout">Its layout.</param>
/// <param name="Parts">The files and folders that this layout knows, found or not.</param>
/// <param name="Splits">Images of each part.</param>
/// <param name="Classes">Images of each class, in class order.</param>
/// <param name="Sizes">Range of the readable pictures' sizes; null where none is readable.</param>
/// <param name="Problems">Everything that looks wrong, fatal kinds first.</param>
public sealed record DatasetReport(
    string Root,
    DatasetLayout Layout,
    IReadOnlyList<DatasetPart> Parts,
    IReadOnlyList<SplitCount> Splits,
    IReadOnlyList<ClassCount> Classes,
    SizeRange? Sizes,
    IReadOnlyList<DatasetProblem> Problems)
{
    /// <summary>Whether training could start: no problem is fatal.</summary>
    public bool CanTrain => !Problems.Any(problem => problem.Fatal);
}

/// <summary>Images of one part of a data set.</summary>
/// <param name="Split">The part.</param>
/// <param name="Images">Images with a row and a picture.</param>
/// <param name="WithoutTags">Of these, images without a tag: background alone.</param>
/// <param name="WithMask">Of these, images with a true mask.</param>
public sealed record SplitCount(Split Split, int Images, int WithoutTags, int WithMask);

/// <summary>Images that carry a class's tag.</summary>
/// <param name="Name">The class.</param>
/// <param name="Train">Images of the train split.</param>
/// <param name="Val">Images of the val split.</param>
/// <param name="Test">Images of the test split.</param>
public sealed record ClassCount(string Name, int Train, int Val, int Test);

/// <summary>Sizes of pictures in pixels, after EXIF rotation.</summary>
/// <param name="MinWidth">Smallest width.</param>
/// <param name="MaxWidth">Largest width.</param>
/// <param name="MinHeight">Smallest height.</param>
/// <param name="MaxHeight">Largest height.</param>
public sealed record SizeRange(int MinWidth, int MaxWidth, int MinHeight, int MaxHeight);
