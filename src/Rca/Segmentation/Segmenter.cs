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

    /// <summary>Probabilities to hold at once; with many labels fewer pictures are looked at together.</summary>
    internal const long ValuesAtOnce = 1 << 25;

    private readonly MultiScale _view = new(size, options.Scales, options.Flip);

    /// <summary>What the network makes of a picture.</summary>
    /// <param name="Picture">RGB.</param>
    /// <param name="Winners">The likeliest label of each pixel, at <see cref="MultiScale.ResultSize"/>.</param>
    /// <param name="Candidates">Labels that take part in the CRF; none where it has nothing to decide.</param>
    /// <param name="Scores">Their probabilities, C × H × W.</param>
    public sealed record Sight(Picture Picture, LabelMap Winners, int[] Candidates, float[] Scores);

    /// <summary>Where the network runs.</summary>
    public Device Device => compute.Device;

    /// <summary>Label maps of pictures of one size, at their own size.</summary>
    public LabelMap[] Predict(IReadOnlyList<Picture> pictures)
    {
        Sight[] seen = [.. Look(pictures)];
        var labels = new LabelMap[seen.Length];
        Parallel.For(0, seen.Length, i => labels[i] = Refine(seen[i], threads: seen.Length > 1 ? 1 : 0));
        return labels;
    }

    /// <summary>The network's half of a prediction, for pictures of one size; a few at a time, as they are asked for.</summary>
    public IEnumerable<Sight> Look(IReadOnlyList<Picture> pictures)
    {
        model.Train(false);
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        long each = (long)model.Labels * width * height;
        return pictures.Chunk((int)Math.Clamp(ValuesAtOnce / each, 1, pictures.Count)).SelectMany(LookTogether);
    }

    private Sight[] LookTogether(Picture[] pictures)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        Tensor sum = _view.Sum(pictures, compute, x => model.Forward(x).To(DType.Float32).Softmax(1), static y => y);
        Tensor probabilities = sum * (1.0 / (options.Scales.Count * (options.Flip ? 2 : 1))); // (B, L + 1, H, W)
        long[] likeliest = probabilities.ArgMax(1).ToArray<long>(); // (B, H, W)
        float[] highest = probabilities.Max([2, 3]).ToArray<float>(); // (B, L + 1)
        var seen = new Sight[pictures.Length];
        for (int i = 0, area = width * height; i < seen.Length; i++)
        {
            var winners = new LabelMap(width, height, Array.ConvertAll(likeliest[(i * area)..((i + 1) * area)], static l => (ushort)l));
            seen[i] = new Sight(pictures[i], winners, [], []);
            if (options.Crf is null) continue;
            var wins = winners.Labels.ToHashSet();
            int[] candidates = [.. Enumerable.Range(0, model.Labels).Where(l => highest[i * model.Labels + l] >= LeastProbability || wins.Contains((ushort)l))];
            if (candidates.Length == 1) continue;
            Tensor index = Tensor.From<long>([.. candidates.Select(static l => (long)l)], candidates.Length).To(compute.Device);
            seen[i] = new Sight(pictures[i], winners, candidates, probabilities.Narrow(0, i, 1).IndexSelect(1, index).ToArray<float>());
        }
        return seen;
    }

    /// <summary>The processors' half: the CRF's labels where it has something to decide, else the likeliest, at the picture's own size.</summary>
    /// <param name="seen">What the network made of a picture.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    public LabelMap Refine(Sight seen, int threads)
    {
        var (picture, labels, candidates, scores) = seen;
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
