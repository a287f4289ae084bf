using Rca.Computing;
using Rca.Imaging;
using Rca.Imaging.Crf;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;
using Rca.Passes;
using Rca.Torch;
using Rca.Training;

namespace Rca.Segmentation;

/// <summary>Predicts label maps with a trained network: multi-scale, mirrored, refined by the dense CRF.</summary>
/// <param name="model">The network; from now on the segmenter's.</param>
/// <param name="classes">Class names; the class at index c has label c + 1.</param>
/// <param name="size">Longer side of pictures at scale 1: what the network was trained at.</param>
/// <param name="options">Checked settings.</param>
/// <param name="compute">Device and precision; the network is there.</param>
public sealed class Segmenter(DeepLabV2 model, IReadOnlyList<string> classes, int size, PredictionOptions options, Compute compute) : IDisposable
{
    /// <summary>
    /// A label that wins no pixel and is nowhere likelier than this is left out of the CRF, whose cost grows with the number of labels.
    /// </summary>
    private const float LeastProbability = 0.05f;

    /// <summary>The most probabilities that are computed together; with many labels fewer pictures fit.</summary>
    private const long ValuesAtOnce = 1 << 25;

    private readonly double _backgroundWeight = options.BackgroundWeight ?? model.BackgroundWeight;
    private readonly MultiScale _view = new(size, options.Scales, options.Flip, model.Backbone.PictureMultiple);

    /// <summary>What the network makes of a picture, before the CRF.</summary>
    /// <param name="Picture">RGB.</param>
    /// <param name="Winners">The likeliest label of each pixel, at <see cref="MultiScale.ResultSize"/>.</param>
    /// <param name="Candidates">Labels that take part in the CRF; none where it has nothing to decide.</param>
    /// <param name="Scores">Their probabilities, background weighed, C × H × W.</param>
    /// <param name="Doubt">Mean over the pixels of 1 − the highest probability before background is weighed, 0 to 1.</param>
    internal sealed record Unrefined(Picture Picture, LabelMap Winners, int[] Candidates, float[] Scores, double Doubt);

    /// <summary>The network.</summary>
    public DeepLabV2 Model => model;

    /// <summary>Class names; the class at index c has label c + 1.</summary>
    public IReadOnlyList<string> Classes { get; } = classes;

    /// <summary>Where and how the network runs.</summary>
    internal Compute Compute { get; } = compute.For(model.Backbone.Description?.SavesProducts);

    /// <summary>Takes the network of a run folder.</summary>
    /// <param name="run">A run of <see cref="SegmentationRun"/>.</param>
    /// <param name="options">Settings of prediction.</param>
    /// <param name="compute">Device and precision.</param>
    /// <exception cref="RcaException">The settings are out of range, or the folder holds no such run with a finished epoch.</exception>
    public static Segmenter Load(RunFolder run, PredictionOptions options, Compute compute)
    {
        options.Validate();
        var (model, configuration) = run.Load<DeepLabV2, SegmentationOptions>(SegmentationRun.Kind, static made => new DeepLabV2(made.Classes.Count + 1, made.Options), compute);
        return new Segmenter(model, configuration.Classes, configuration.Options.Size, options, compute);
    }

    /// <summary>Label maps of pictures of one size, at their own size.</summary>
    /// <param name="pictures">RGB pictures, all of one size.</param>
    public LabelMap[] Predict(IReadOnlyList<Picture> pictures)
    {
        var labels = new List<LabelMap>();
        foreach (Unrefined[] lot in Score(pictures))
        {
            var refined = new LabelMap[lot.Length];
            Workers.SideBySide(lot.Length, CancellationToken.None, (i, threads) => refined[i] = Refine(lot[i], threads));
            labels.AddRange(refined);
        }
        return [.. labels];
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => model.Dispose();

    /// <summary>The network's half of a prediction, for pictures of one size, in lots that are computed when they are enumerated.</summary>
    /// <param name="pictures">RGB pictures, all of one size.</param>
    /// <param name="tags">Classes that each picture may have besides background, or null for all.</param>
    internal IEnumerable<Unrefined[]> Score(IReadOnlyList<Picture> pictures, IReadOnlyList<IReadOnlyList<int>>? tags = null)
    {
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        int atOnce = (int)Math.Clamp(ValuesAtOnce / ((long)model.Labels * width * height), 1, pictures.Count);
        return pictures.Chunk(atOnce).Select((lot, k) => ScoreTogether(lot, tags?.Skip(k * atOnce).ToArray()));
    }

    private Unrefined[] ScoreTogether(Picture[] pictures, IReadOnlyList<int>[]? tags)
    {
        model.Train(false);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        Tensor sum = _view.Sum(pictures, Compute, x => model.Forward(x).To(DType.Float32).Softmax(1), static y => y); // (B, L + 1, H, W)
        var scored = new Unrefined[pictures.Length];
        for (int i = 0; i < scored.Length; i++)
        {
            using var inner = new TensorScope();
            int[] possible = tags is null ? [.. Enumerable.Range(0, model.Labels)] : [0, .. tags[i].Select(static l => l + 1)];
            Tensor some = Select(sum.Narrow(0, i, 1), possible); // (1, P, H, W)
            scored[i] = ScoreOne(pictures[i], some / some.Sum(1).Unsqueeze(1).ClampMin(1e-12), possible, tags is not null);
        }
        return scored;
    }

    /// <param name="picture">RGB.</param>
    /// <param name="probabilities">(1, P, H, W), of the labels in <paramref name="possible"/>.</param>
    /// <param name="possible">Labels that the picture may have.</param>
    /// <param name="all">All of them take part in the CRF, likely or not.</param>
    private Unrefined ScoreOne(Picture picture, Tensor probabilities, int[] possible, bool all)
    {
        double doubt = Math.Clamp(1 - probabilities.Max([1]).Mean().Item(), 0, 1);
        probabilities = Weigh(probabilities);
        var winners = new LabelMap((int)probabilities.Size(3), (int)probabilities.Size(2), Array.ConvertAll(probabilities.ArgMax(1).ToArray<long>(), k => (ushort)possible[k]));
        int[] places = [];
        if (options.Crf is not null)
        {
            float[] highest = probabilities.Max([2, 3]).ToArray<float>(); // (1, P)
            var wins = winners.Labels.ToHashSet();
            places = [.. Enumerable.Range(0, possible.Length).Where(k => all || highest[k] >= LeastProbability || wins.Contains((ushort)possible[k]))];
        }
        // A single candidate leaves the CRF nothing to decide.
        return places.Length > 1
            ? new Unrefined(picture, winners, [.. places.Select(k => possible[k])], Select(probabilities, places).ToArray<float>(), doubt)
            : new Unrefined(picture, winners, [], [], doubt);
    }

    /// <summary>Multiplies background's probability by its weight and scales all to sum to 1 again: (1, P, H, W) → the same.</summary>
    private Tensor Weigh(Tensor probabilities)
    {
        if (_backgroundWeight == 1) return probabilities;
        Tensor background = probabilities.Narrow(1, 0, 1), others = probabilities.Narrow(1, 1, probabilities.Size(1) - 1);
        Tensor sum = background * (_backgroundWeight - 1) + 1; // of all, once background is weighed
        return Tensor.Concatenate([background * _backgroundWeight, others], 1) / sum;
    }

    /// <summary>Some of the labels: (B, P, H, W) → (B, |places|, H, W).</summary>
    private Tensor Select(Tensor probabilities, int[] places) => places.Length == probabilities.Size(1)
        ? probabilities
        : probabilities.IndexSelect(1, Tensor.From<long>([.. places.Select(static k => (long)k)], places.Length).To(Compute.Device));

    /// <summary>The processors' half of a prediction: the labels of the CRF if there is something for it to decide, otherwise the likeliest ones, at the picture's own size.</summary>
    /// <param name="scored">What the network made of a picture.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    internal LabelMap Refine(Unrefined scored, int threads)
    {
        var (picture, labels, candidates, scores, _) = scored;
        if (options.Crf is { } crf && candidates.Length > 0)
        {
            Picture resized = Resampler.Resize(picture, labels.Width, labels.Height);
            float[] refined = DenseCrf.Infer(resized, scores, candidates.Length, crf, threads);
            labels = LabelMap.Likeliest(labels.Width, labels.Height, refined, Array.ConvertAll(candidates, static label => (ushort)label));
        }
        return Resampler.Resize(labels, picture.Width, picture.Height);
    }
}
