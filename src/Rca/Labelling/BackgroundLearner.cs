using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;
using Rca.Passes;
using Rca.Torch;

namespace Rca.Labelling;

/// <summary>
/// Learns background from a data set's own pseudo labels: labels them all, lets a classifier of positions learn from these labels, labels them
/// anew by it, and so on. Each round looks at the pictures at one scale.
/// </summary>
/// <param name="network">The trained classification network.</param>
/// <param name="options">Settings with a learnt background.</param>
internal sealed class BackgroundLearner(Classifier network, LabellingOptions options)
{
    /// <summary>Room for the features of the positions that are learnt from.</summary>
    private const long MostBytes = 1L << 29;

    private const int PicturesAtOnce = 16, BytesEach = 2, Stream = 8;
    private readonly PseudoLabeller _labeller = new(options);
    private readonly MultiScale _view = new(network.Options.Size, [1], Flip: false, network.Model.Backbone.PictureMultiple);

    /// <summary>Learns from some pictures.</summary>
    /// <param name="images">The pictures, with their tags; those that cannot be read are passed over.</param>
    /// <param name="saliency">Gives a picture's saliency at a size, or null.</param>
    /// <param name="progress">Gets the pictures looked at so far, in all rounds, and the round.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    /// <returns>The classifier, the caller's; null if no picture could be read or all is ignored.</returns>
    public PositionClassifier? Learn(
        IReadOnlyList<TaggedImage> images, Func<TaggedImage, ActivationMap, Picture?> saliency, Action<int, int> progress, CancellationToken cancellation)
    {
        PositionClassifier? classifier = null;
        try
        {
            for (int round = 1; round <= options.Background!.Rounds; round++)
            {
                PositionClassifier? next = LearnOnce(classifier, images, saliency, looked => progress((round - 1) * images.Count + looked, round), cancellation);
                classifier?.Dispose();
                classifier = next;
                if (classifier is null) break;
            }
            return classifier;
        }
        catch
        {
            classifier?.Dispose();
            throw;
        }
    }

    /// <summary>One round: the labels that a classifier makes, or the formula, teach another one.</summary>
    private PositionClassifier? LearnOnce(
        PositionClassifier? classifier, IReadOnlyList<TaggedImage> images, Func<TaggedImage, ActivationMap, Picture?> saliency, Action<int> progress, CancellationToken cancellation)
    {
        var mapper = new ActivationMapper(network.Model, network.Options.Size, options with { Scales = [1], Flip = false }, network.Compute) { Classifier = classifier };
        using var scope = new TensorScope();
        var (features, labels) = (new List<Tensor>(), new List<long>());
        int[] stages = [];
        int done = 0;
        foreach (TaggedImage[] chunk in PictureGroup.Chunk(images, PicturesAtOnce))
        {
            foreach (PictureGroup group in PictureGroup.Read(chunk))
            {
                cancellation.ThrowIfCancellationRequested();
                ActivationMap[] maps = mapper.Map(group.Pictures, [.. group.Images.Select(static image => image.Tags)], classifier is null ? options.Maps : MapKind.Final);
                var found = new LabelMap[maps.Length];
                Workers.SideBySide(maps.Length, cancellation, (i, threads) =>
                    found[i] = _labeller.Label(maps[i].Match(group.Pictures[i]), maps[i], saliency(group.Images[i], maps[i]), threads));
                for (int i = 0; i < found.Length; i++)
                    if (Sample(group.Pictures[i], found[i], images.Count, labels, ref stages) is { } some) features.Add(some);
            }
            done += chunk.Length;
            progress(done);
        }
        return features.Count == 0 ? null : PositionClassifier.Learn(Tensor.Concatenate([.. features], 0), [.. labels], network.Classes.Count + 1, stages, cancellation);
    }

    /// <summary>Features of some positions of a picture, (n, D); adds their labels. Null where all of them are ignored.</summary>
    private Tensor? Sample(Picture picture, LabelMap found, int pictures, List<long> labels, ref int[] stages)
    {
        network.Model.Train(false);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor batch = _view.Batch([picture], 1, network.Compute);
        IReadOnlyList<Tensor> all;
        using (network.Compute.ForwardPass()) all = network.Model.Backbone.ForwardStages(batch);
        stages = PositionClassifier.StagesOf(options.AffinityStages, all.Count);
        Tensor x = PositionClassifier.Features(all, stages); // (1, D, h, w)
        var (height, width) = ((int)x.Size(2), (int)x.Size(3));
        LabelMap grid = Resampler.Resize(found, width, height);
        long[] positions = [.. Enumerable.Range(0, height * width).Where(i => grid.Labels[i] != LabelMap.Ignore).Select(static i => (long)i)];
        if (positions.Length == 0) return null;
        Seeds.Generator(Stream, labels.Count).Shuffle(positions);
        positions = positions[..(int)Math.Clamp(MostBytes / (BytesEach * x.Size(1) * pictures), 1, positions.Length)];
        labels.AddRange(positions.Select(i => (long)grid.Labels[i]));
        Tensor rows = x.Flatten(2).Squeeze(0).Transpose(0, 1); // (h·w, D)
        return scope.Keep(rows.IndexSelect(0, Tensor.From(positions, positions.Length).To(x.Device)).To(DType.Float16));
    }
}
