using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Codecs;

namespace Rca.Pipelines;

/// <summary>The pictures that a plan is made for.</summary>
/// <param name="Train">Tagged pictures to learn from.</param>
/// <param name="Val">Pictures of the val split.</param>
/// <param name="Test">Pictures of the test split.</param>
/// <param name="Untagged">Pictures without a row.</param>
/// <param name="LongerSide">Median of the longer sides, in pixels.</param>
public sealed record PictureCounts(int Train, int Val, int Test, int Untagged, int LongerSide)
{
    /// <summary>The number of headers that are read, however many pictures there are.</summary>
    private const int Sampled = 64;

    /// <summary>Pictures that the trained network predicts.</summary>
    public int Predicted => Val + Test + Untagged;

    /// <summary>Counts a data set's pictures and reads the headers of a few of them, spread over the set.</summary>
    /// <exception cref="RcaException">There is no train picture, or none of the few has a header that can be read.</exception>
    public static PictureCounts Of(TaggedDataset data)
    {
        IReadOnlyList<TaggedImage> train = data.Of(Split.Train);
        int[] sides = [.. TaggedDataset.Spread(train, Sampled).Select(LongerSideOf).Where(static side => side > 0).Order()];
        if (sides.Length == 0)
            throw new RcaException($"None of {Math.Min(Sampled, train.Count)} train pictures of {data.Root} that were looked at can be read. './rca check {data.Root}' explains what was found.");
        return new PictureCounts(train.Count, data.Of(Split.Val).Count, data.Of(Split.Test).Count, data.Untagged.Count, sides[sides.Length / 2]);
    }

    private static int LongerSideOf(TaggedImage image)
    {
        try
        {
            var (width, height) = PictureFile.ReadSize(image.Path);
            return Math.Max(width, height);
        }
        catch (PictureException)
        {
            return 0;
        }
    }
}
