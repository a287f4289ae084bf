using System.Collections.Concurrent;
using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Masks;

namespace Rca.Evaluation;

/// <summary>Reads the true masks that a data set may have.</summary>
internal static class TrueMask
{
    /// <summary>The true mask of an image, or null where it has none, it does not fit, or there are more classes than can be compared.</summary>
    /// <param name="image">The image.</param>
    /// <param name="prediction">What it is to be compared with.</param>
    /// <param name="classes">Number of classes, L.</param>
    /// <param name="unreadable">Receives the pictures whose masks cannot be used, by name, with the reason.</param>
    public static LabelMap? Read(TaggedImage image, LabelMap prediction, int classes, ConcurrentDictionary<string, string> unreadable) =>
        image.HasMask && classes <= ConfusionMatrix.MaxClasses ? ReadFitting(image, prediction, classes, unreadable) : null;

    /// <summary>The mask of an image that has one, however many classes there are; null where it does not fit.</summary>
    public static LabelMap? ReadFitting(TaggedImage image, LabelMap prediction, int classes, ConcurrentDictionary<string, string> unreadable)
    {
        try
        {
            LabelMap truth = image.ReadMask()!;
            string source = image.MaskPath ?? $"the annotated mask of {image.Path}";
            if (truth.Width != prediction.Width || truth.Height != prediction.Height)
                throw new PictureException(source, $"is {truth.Width}×{truth.Height}, but its picture is {prediction.Width}×{prediction.Height}");
            foreach (ushort label in truth.Labels)
                if (label > classes && label != LabelMap.Ignore)
                    throw new PictureException(source, $"has label {label}; expected 0 (background) to {classes}, the number of classes, or ignore");
            return truth;
        }
        catch (PictureException e)
        {
            unreadable.TryAdd(image.Name, e.Message);
            return null;
        }
    }
}
