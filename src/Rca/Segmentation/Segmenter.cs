using Rca.Data;
using Rca.Imaging;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Segmentation;

/// <summary>Predicts label maps with a trained network: multi-scale, mirrored, refined by the dense CRF.</summary>
public sealed class Segmenter(DeepLabV2 model, Compute compute, int size, PredictionOptions options)
{
    /// <summary>
    /// A label that wins no pixel and is nowhere likelier than this takes no part in the CRF, whose cost grows with the number of labels.
    /// </summary>
    private const float LeastProbability = 0.05f;

    /// <summary>Probabilities of a lot of pictures; with many labels fewer pictures are looked at together.</summary>
    private const long ValuesAtOnce = 1 << 25;

    private readonly MultiScale _view = new(size, options.Scales, options.Flip);

    /// <summary>What the network makes of a picture, before the CRF.</summary>
    /// <param name="Picture">RGB.</param>
    /// <param name="Winners">The likeliest label of each pixel, at <see cref="MultiScale.ResultSize"/>.</param>
    /// <param name="Candidates">Labels that take part in the CRF; none where it has nothing to decide.</param>
    /// <param name="Scores">Their probabilities, C × H × W.</param>
    internal sealed record Unrefined(Picture Picture, LabelMap Winners, int[] Candidates, float[] Scores);

    /// <summary>Where and how the network runs.</summary>
    internal Compute Compute { get; } = compute.For(model.Backbone.Description);

    /// <summary>Label maps of pictures of one size, at their own size.</summary>
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

    /// <summary>The network's half of a prediction, for pictures of one size: in lots, each when it is asked for.</summary>
    internal IEnumerable<Unrefined[]> Score(IReadOnlyList<Picture> pictures)
    {
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        long each = (long)model.Labels * width * height;
        return pictures.Chunk((int)Math.Clamp(ValuesAtOnce / each, 1, pictures.Count)).Select(ScoreTogether);
    }

    private Unrefined[] ScoreTogether(Picture[] pictures)
    {
        model.Train(false);
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        Tensor sum = _view.Sum(pictures, Compute, x => model.Forward(x).To(DType.Float32).Softmax(1), static y => y);
        Tensor probabilities = sum * (1.0 / (options.Scales.Count * (options.Flip ? 2 : 1))); // (B, L + 1, H, W)
        long[] likeliest = probabilities.ArgMax(1).ToArray<long>(); // (B, H, W)
        float[] highest = options.Crf is null ? [] : probabilities.Max([2, 3]).ToArray<float>(); // (B, L + 1)
        var scored = new Unrefined[pictures.Length];
        for (int i = 0, area = width * height; i < scored.Length; i++)
        {
            var winners = new LabelMap(width, height, Array.ConvertAll(likeliest[(i * area)..((i + 1) * area)], static l => (ushort)l));
            scored[i] = new Unrefined(pictures[i], winners, [], []);
            if (options.Crf is null) continue;
            var wins = winners.Labels.ToHashSet();
            int[] candidates = [.. Enumerable.Range(0, model.Labels).Where(l => highest[i * model.Labels + l] >= LeastProbability || wins.Contains((ushort)l))];
            if (candidates.Length == 1) continue;
            Tensor index = Tensor.From<long>([.. candidates.Select(static l => (long)l)], candidates.Length).To(Compute.Device);
            scored[i] = new Unrefined(pictures[i], winners, candidates, probabilities.Narrow(0, i, 1).IndexSelect(1, index).ToArray<float>());
        }
        return scored;
    }

    /// <summary>The processors' half: the CRF's labels where it has something to decide, else the likeliest, at the picture's own size.</summary>
    /// <param name="scored">What the network made of a picture.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    internal LabelMap Refine(Unrefined scored, int threads)
    {
        var (picture, labels, candidates, scores) = scored;
        if (options.Crf is { } crf && candidates.Length > 0)
        {
            Picture resized = Resampler.Resize(picture, labels.Width, labels.Height);
            float[] refined = DenseCrf.Infer(resized, scores, candidates.Length, crf, threads);
            var decided = new LabelMap(labels.Width, labels.Height);
            for (int at = 0, area = decided.Labels.Length; at < area; at++)
            {
                int best = 0;
                for (int k = 1; k < candidates.Length; k++)
                    if (refined[k * area + at] > refined[best * area + at]) best = k;
                decided.Labels[at] = (ushort)candidates[best];
            }
            labels = decided;
        }
        return Resampler.Resize(labels, picture.Width, picture.Height);
    }
}
