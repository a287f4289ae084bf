using System.Collections.Concurrent;
using Rca.Classification;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;
using Rca.Imaging.Transforms;
using Rca.Labelling;
using Rca.Segmentation;

namespace Rca.Reporting;

/// <summary>Chooses pictures for the report and makes all that it shows of them.</summary>
/// <param name="model">The classification network.</param>
/// <param name="mapper">Makes its maps.</param>
/// <param name="labeller">Makes pseudo labels of them.</param>
/// <param name="segmenter">The segmentation network, or null to leave predictions out.</param>
public sealed class ExampleBuilder(ClassificationModel model, ActivationMapper mapper, PseudoLabeller labeller, Segmenter? segmenter)
{
    /// <summary>The number of rows; people do not look at more.</summary>
    public const int DefaultCount = 12;

    /// <summary>
    /// Images to show: half from train and half from val and test where there are enough, spread over the classes; always the same
    /// for the same images. Train comes first, then val, then test.
    /// </summary>
    /// <param name="images">The images of a data set; those without tags are passed over.</param>
    /// <param name="count">How many, at most.</param>
    public static IReadOnlyList<TaggedImage> Choose(IReadOnlyList<TaggedImage> images, int count = DefaultCount)
    {
        var bySplit = images.Where(static image => image.Tags.Count > 0).ToLookup(static image => image.Split);
        List<TaggedImage> train = [.. bySplit[Split.Train]];
        List<TaggedImage> heldOut = [.. Alternating(bySplit[Split.Val], bySplit[Split.Test])];
        var (chosen, shown) = (new List<TaggedImage>(), new Dictionary<int, int>());
        while (chosen.Count < count && train.Count + heldOut.Count > 0)
        {
            List<TaggedImage> pool = heldOut.Count == 0 || (chosen.Count % 2 == 0 && train.Count > 0) ? train : heldOut;
            // Of the images whose rarest tag has been shown least, the first.
            TaggedImage next = pool.MinBy(image => image.Tags.Min(tag => shown.GetValueOrDefault(tag)))!;
            foreach (int tag in next.Tags) shown[tag] = shown.GetValueOrDefault(tag) + 1;
            pool.Remove(next);
            chosen.Add(next);
        }
        return [.. chosen.OrderBy(static image => image.Split)];
    }

    /// <summary>Makes the rows, in the order of the images; pictures that cannot be read are left out.</summary>
    /// <param name="images">Few images with tags, see <see cref="Choose"/>.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    public IReadOnlyList<Example> Build(IReadOnlyList<TaggedImage> images, CancellationToken cancellation = default)
    {
        var examples = new List<Example>();
        foreach (TaggedImage image in images)
        {
            cancellation.ThrowIfCancellationRequested();
            examples.AddRange(PictureGroup.Read([image]).Select(group => Build(image, group.Pictures[0])));
        }
        return examples;
    }

    /// <summary>Everything at the size of the maps, which is bounded: a dozen large photographs with six pictures each would fill the memory.</summary>
    private Example Build(TaggedImage image, Picture picture)
    {
        ActivationMap final = Map(MapKind.Final);
        var (width, height) = (final.Width, final.Height);
        Picture shown = Resampler.Resize(picture, width, height);
        LabelMap? prediction = segmenter?.Predict([picture])[0], truth = ReadTruth(image, picture);
        return new Example(image.Name, image.Split, image.Tags, shown)
        {
            // Without aggregation the first maps are the final ones.
            FirstMap = model.Aggregation is null ? null : HeatMap.Draw(shown, Strongest(Map(MapKind.Coarse))),
            FinalMap = HeatMap.Draw(shown, Strongest(final)),
            PseudoLabel = labeller.Label(shown, final),
            Prediction = prediction is null ? null : Resampler.Resize(prediction, width, height),
            Truth = truth is null ? null : Resampler.Resize(truth, width, height),
        };

        ActivationMap Map(MapKind kind) => mapper.Map([picture], [image.Tags], kind)[0];
    }

    /// <summary>The true mask, or null where there is none that fits the picture and the classes: earlier stages have said why.</summary>
    private LabelMap? ReadTruth(TaggedImage image, Picture picture) =>
        TrueMask.Read(image, new LabelMap(picture.Width, picture.Height), model.Classes, unreadable: new ConcurrentDictionary<string, string>());

    /// <summary>The maximum over the tagged classes at each pixel, (T, H, W) → (H, W).</summary>
    internal static float[] Strongest(ActivationMap map)
    {
        var strongest = new float[map.Width * map.Height];
        for (int t = 0; t < map.Classes.Count; t++)
        {
            ReadOnlySpan<float> values = map[t];
            for (int i = 0; i < strongest.Length; i++) strongest[i] = Math.Max(strongest[i], values[i]);
        }
        return strongest;
    }

    private static IEnumerable<TaggedImage> Alternating(IEnumerable<TaggedImage> first, IEnumerable<TaggedImage> second) =>
        first.Select(static (image, i) => (image, i)).Concat(second.Select(static (image, i) => (image, i)))
            .OrderBy(static item => item.i).Select(static item => item.image);
}
