using Rca.Imaging;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Segmentation;

/// <summary>Predicts label maps with a trained network: multi-scale, mirrored, refined by the dense CRF.</summary>
public sealed class Segmenter(DeepLabV2 model, Compute compute, int size, PredictionOptions options)
{
    /// <summary>A label that is nowhere likelier than this takes no part in the CRF, whose cost grows with the number of labels.</summary>
    private const float LeastProbability = 0.05f;

    private readonly MultiScale _view = new(size, options.Scales, options.Flip);

    /// <summary>Label maps of pictures of one size, at their own size.</summary>
    public LabelMap[] Predict(IReadOnlyList<Picture> pictures)
    {
        model.Train(false);
        var (width, height) = MultiScale.ResultSize(pictures[0]);
        int each = model.Labels * width * height;
        float[] probabilities;
        using (new TensorScope())
        {
            Tensor sum = _view.Sum(pictures, compute, x => model.Forward(x).To(DType.Float32).Softmax(1), static y => y);
            probabilities = (sum * (1.0 / (options.Scales.Count * (options.Flip ? 2 : 1)))).ToArray<float>(); // (B, L + 1, H, W)
        }
        var labels = new LabelMap[pictures.Count];
        Parallel.For(0, labels.Length, i =>
        {
            Picture picture = pictures[i];
            LabelMap atResultSize = Refine(picture, probabilities.AsSpan(i * each, each), width, height, threads: labels.Length > 1 ? 1 : 0);
            labels[i] = Resampler.Resize(atResultSize, picture.Width, picture.Height);
        });
        return labels;
    }

    private LabelMap Refine(Picture picture, ReadOnlySpan<float> probabilities, int width, int height, int threads)
    {
        int area = width * height;
        var candidates = new List<int>();
        for (int l = 0; l < model.Labels; l++)
            if (l == 0 || probabilities.Slice(l * area, area).ContainsAnyInRange(LeastProbability, float.PositiveInfinity)) candidates.Add(l);
        var scores = new float[candidates.Count * area];
        for (int k = 0; k < candidates.Count; k++) probabilities.Slice(candidates[k] * area, area).CopyTo(scores.AsSpan(k * area));
        if (options.Crf is { } crf && candidates.Count > 1)
        {
            Picture resized = picture.Width == width && picture.Height == height ? picture : Resampler.Resize(picture, width, height);
            scores = DenseCrf.Infer(resized, scores, candidates.Count, crf, threads);
        }
        var map = new LabelMap(width, height);
        for (int i = 0; i < area; i++)
        {
            int best = 0;
            for (int k = 1; k < candidates.Count; k++)
                if (scores[k * area + i] > scores[best * area + i]) best = k;
            map.Labels[i] = (ushort)candidates[best];
        }
        return map;
    }
}
