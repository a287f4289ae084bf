using Rca.Imaging;

namespace Rca.Labelling;

/// <summary>
/// Turns activation maps into a label map: background score, dense CRF over the tagged classes, and the decisions where to leave pixels
/// without a label.
/// </summary>
public sealed class PseudoLabeller(LabellingOptions options)
{
    /// <summary>Saliency from which a pixel is not background.</summary>
    public const float SalientFrom = 32 / 255f;

    /// <summary>Refined score above which a class keeps a pixel from being background.</summary>
    public const float ClassScoreAbove = 0.8f;

    /// <summary>Activation above which two classes are in conflict.</summary>
    public const float ConflictAbove = 0.9f;

    /// <summary>Share of labelled foreground below which a picture gets no labels.</summary>
    public const double LeastForeground = 0.01;

    /// <summary>Labels of the tagged classes by their activation alone: no CRF, nothing ignored. For judging maps.</summary>
    public LabelMap FromMaps(ActivationMap map) => ArgMax(Scores(map, saliency: null), map);

    /// <summary>The pseudo labels of one picture, at the size of its maps.</summary>
    /// <param name="picture">RGB, at the maps' size.</param>
    /// <param name="map">The maps of its tagged classes.</param>
    /// <param name="saliency">Grey, at the maps' size: how likely each pixel belongs to any object; or null.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    public LabelMap Label(Picture picture, ActivationMap map, Picture? saliency = null, int threads = 0)
    {
        if (map.Classes.Count == 0) return new LabelMap(map.Width, map.Height);
        float[] scores = Scores(map, saliency);
        if (options.Crf is { } crf) scores = DenseCrf.Infer(picture, scores, map.Classes.Count + 1, crf, threads);
        LabelMap labels = ArgMax(scores, map);
        if (saliency is not null) IgnoreDoubtfulBackground(labels, scores, map, saliency);
        IgnoreConflicts(labels, map);
        IgnoreAlmostEmpty(labels);
        return labels;
    }

    /// <summary>Background and class scores that sum to 1 at each pixel, (T + 1) × H × W.</summary>
    private float[] Scores(ActivationMap map, Picture? saliency)
    {
        int area = map.Width * map.Height, count = map.Classes.Count;
        var scores = new float[(count + 1) * area];
        map.Values.CopyTo(scores, area);
        for (int i = 0; i < area; i++)
        {
            float largest = 0, sum = 0;
            for (int t = 0; t < count; t++)
            {
                float value = map.Values[t * area + i];
                largest = Math.Max(largest, value);
                sum += value;
            }
            float background = saliency is null ? MathF.Pow(1 - largest, (float)options.Alpha) : 1 - saliency.Pixels[i] / 255f;
            float scale = 1 / Math.Max(sum + background, 1e-6f);
            scores[i] = background * scale;
            for (int t = 1; t <= count; t++) scores[t * area + i] *= scale;
        }
        return scores;
    }

    private static LabelMap ArgMax(float[] scores, ActivationMap map)
    {
        int area = map.Width * map.Height;
        var labels = new LabelMap(map.Width, map.Height);
        for (int i = 0; i < area; i++)
        {
            int best = 0;
            for (int t = 1; t <= map.Classes.Count; t++)
                if (scores[t * area + i] > scores[best * area + i]) best = t;
            if (best > 0) labels.Labels[i] = (ushort)(map.Classes[best - 1] + 1);
        }
        return labels;
    }

    private static void IgnoreDoubtfulBackground(LabelMap labels, float[] scores, ActivationMap map, Picture saliency)
    {
        int area = labels.Labels.Length;
        for (int i = 0; i < area; i++)
        {
            if (labels.Labels[i] != 0) continue;
            bool doubtful = saliency.Pixels[i] / 255f >= SalientFrom;
            for (int t = 1; t <= map.Classes.Count && !doubtful; t++) doubtful = scores[t * area + i] > ClassScoreAbove;
            if (doubtful) labels.Labels[i] = LabelMap.Ignore;
        }
    }

    private static void IgnoreConflicts(LabelMap labels, ActivationMap map)
    {
        int area = labels.Labels.Length;
        for (int i = 0; i < area; i++)
        {
            int certain = 0;
            for (int t = 0; t < map.Classes.Count; t++)
                if (map.Values[t * area + i] > ConflictAbove) certain++;
            if (certain > 1) labels.Labels[i] = LabelMap.Ignore;
        }
    }

    private static void IgnoreAlmostEmpty(LabelMap labels)
    {
        int foreground = labels.Labels.Count(static label => label is not 0 and not LabelMap.Ignore);
        if (foreground < LeastForeground * labels.Labels.Length) Array.Fill(labels.Labels, LabelMap.Ignore);
    }
}
