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

    /// <summary>Probabilities held at once; with many labels fewer pictures are looked at together.</summary>
    private const long ValuesAtOnce = 1 << 25;

    private readonly MultiScale _view = new(size, options.Scales, options.Flip);

    /// <summary>Label maps of pictures of one size, at their own size.</summary>
    public LabelMap[] Predict(IReadOnlyList<Picture> pictures)
    {
        model.Train(false);
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        long each = (long)model.Labels * width * height;
        return [.. pictures.Chunk((int)Math.Clamp(ValuesAtOnce / each, 1, pictures.Count)).SelectMany(PredictTogether)];
    }

    private LabelMap[] PredictTogether(Picture[] pictures)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        Tensor sum = _view.Sum(pictures, compute, x => model.Forward(x).To(DType.Float32).Softmax(1), static y => y);
        Tensor probabilities = sum * (1.0 / (options.Scales.Count * (options.Flip ? 2 : 1))); // (B, L + 1, H, W)
        var winners = new LabelMap[pictures.Length];
        long[] likeliest = probabilities.ArgMax(1).ToArray<long>(); // (B, H, W)
        int area = width * height;
        for (int i = 0; i < winners.Length; i++)
            winners[i] = new LabelMap(width, height, Array.ConvertAll(likeliest[(i * area)..((i + 1) * area)], static l => (ushort)l));
        if (options.Crf is { } crf) Refine(pictures, probabilities, winners, crf);
        return [.. winners.Select((map, i) => Resampler.Resize(map, pictures[i].Width, pictures[i].Height))];
    }

    /// <summary>Replaces the likeliest labels by those of the CRF.</summary>
    private void Refine(Picture[] pictures, Tensor probabilities, LabelMap[] maps, DenseCrfOptions crf)
    {
        float[] highest = probabilities.Max([2, 3]).ToArray<float>(); // (B, L + 1)
        var candidates = new int[maps.Length][];
        var scores = new float[maps.Length][];
        for (int i = 0; i < maps.Length; i++)
        {
            var wins = maps[i].Labels.ToHashSet();
            candidates[i] = [.. Enumerable.Range(0, model.Labels).Where(l => highest[i * model.Labels + l] >= LeastProbability || wins.Contains((ushort)l))];
            Tensor index = Tensor.From<long>([.. candidates[i].Select(static l => (long)l)], candidates[i].Length).To(compute.Device);
            scores[i] = probabilities.Narrow(0, i, 1).IndexSelect(1, index).ToArray<float>();
        }
        Parallel.For(0, maps.Length, i =>
        {
            if (candidates[i].Length == 1) return;
            LabelMap map = maps[i];
            Picture resized = Resampler.Resize(pictures[i], map.Width, map.Height);
            float[] refined = DenseCrf.Infer(resized, scores[i], candidates[i].Length, crf, threads: maps.Length > 1 ? 1 : 0);
            for (int at = 0, area = map.Labels.Length; at < area; at++)
            {
                int best = 0;
                for (int k = 1; k < candidates[i].Length; k++)
                    if (refined[k * area + at] > refined[best * area + at]) best = k;
                map.Labels[at] = (ushort)candidates[i][best];
            }
        });
    }
}
