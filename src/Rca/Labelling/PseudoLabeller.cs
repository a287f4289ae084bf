using Rca.Classification;
using Rca.Imaging;
using Rca.Imaging.Crf;
using Rca.Imaging.Masks;

namespace Rca.Labelling;

/// <summary>
/// Turns activation maps into a label map: background score, dense CRF over the tagged classes, and the decisions where to leave pixels
/// without a label. Saliency, if given, replaces the refined background score.
/// </summary>
public sealed class PseudoLabeller(LabellingOptions options)
{
    /// <summary>A pixel with this saliency or more is not background.</summary>
    public const float SalientFrom = 32 / 255f;

    /// <summary>A pixel is not background if a class has a refined score above this.</summary>
    public const float ClassScoreAbove = 0.8f;

    /// <summary>If both a class and background score above this, they contradict each other and the pixel is ignored.</summary>
    public const float ConflictAbove = 0.9f;

    /// <summary>Share of labelled foreground below which a picture gets no labels.</summary>
    public const double LeastForeground = 0.01;

    /// <summary>Labels of the tagged classes by their activation alone: no CRF, nothing ignored. For evaluating maps.</summary>
    public LabelMap FromMaps(ActivationMap map) => Likeliest(Scores(map), map);

    /// <summary>The pseudo labels of one picture, at the size of its maps.</summary>
    /// <param name="picture">RGB, at the maps' size.</param>
    /// <param name="map">The maps of its tagged classes.</param>
    /// <param name="saliency">Grey, at the maps' size: how likely each pixel belongs to any object; or null.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    public LabelMap Label(Picture picture, ActivationMap map, Picture? saliency = null, int threads = 0) => Label(picture, map, saliency, threads, out _);

    /// <summary>The pseudo label of one picture, and its doubt.</summary>
    /// <param name="picture">RGB, at the maps' size.</param>
    /// <param name="map">The maps of its tagged classes.</param>
    /// <param name="saliency">Grey, at the maps' size: how likely each pixel belongs to any object; or null.</param>
    /// <param name="threads">Threads for the CRF; 0 for all processors.</param>
    /// <param name="doubt">
    /// Mean over the pixels of 1 − the highest score, 0 to 1 − 1/(T + 1). Of the scores before the CRF, which is sure of nearly every pixel,
    /// right or wrong.
    /// </param>
    public LabelMap Label(Picture picture, ActivationMap map, Picture? saliency, int threads, out double doubt)
    {
        doubt = 0; // without tags there is nothing to decide
        if (map.Classes.Count == 0) return new LabelMap(map.Width, map.Height);
        float[] scores = Scores(map);
        doubt = Doubt(scores, map);
        float[] unrefined = scores;
        if (CrfFor(map) is { } crf) scores = DenseCrf.Infer(picture, scores, map.Classes.Count + 1, crf, threads);
        for (int i = 0; i < saliency?.Pixels.Length; i++) scores[i] = 1 - saliency.Pixels[i] / 255f;
        LabelMap labels = Likeliest(scores, map);
        if (saliency is not null) IgnoreContradictions(labels, scores, map, saliency);
        // What is learnt may find a small thing that the CRF then wipes out.
        if (map.Background is not null && saliency is null && IsAlmostEmpty(labels)) labels = Likeliest(unrefined, map);
        if (IsAlmostEmpty(labels)) Array.Fill(labels.Labels, LabelMap.Ignore);
        return labels;
    }

    private DenseCrfOptions? CrfFor(ActivationMap map) => options.Crf is null || map.Background is null ? options.Crf : options.Background?.Crf;

    /// <summary>Background and class scores that sum to 1 at each pixel, (T + 1) × H × W.</summary>
    private float[] Scores(ActivationMap map)
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
            float background = map.Background?[i] ?? MathF.Pow(1 - largest, (float)options.Alpha);
            float scale = 1 / Math.Max(sum + background, 1e-6f);
            scores[i] = background * scale;
            for (int t = 1; t <= count; t++) scores[t * area + i] *= scale;
        }
        return scores;
    }

    private static double Doubt(float[] scores, ActivationMap map)
    {
        int area = map.Width * map.Height;
        double doubt = 0;
        for (int i = 0; i < area; i++)
        {
            float highest = 0;
            for (int t = 0; t <= map.Classes.Count; t++) highest = Math.Max(highest, scores[t * area + i]);
            doubt += Math.Max(0, 1 - highest); // a sum of 1 may be rounded up
        }
        return doubt / area;
    }

    /// <summary>Background or the class whose score is highest at each pixel.</summary>
    private static LabelMap Likeliest(float[] scores, ActivationMap map) =>
        LabelMap.Likeliest(map.Width, map.Height, scores, [0, .. map.Classes.Select(static c => (ushort)(c + 1))]);

    /// <summary>
    /// Background that is salient or that a class claims, and classes where saliency sees nothing. Only saliency can contradict: without it
    /// the scores of a pixel sum to 1.
    /// </summary>
    private static void IgnoreContradictions(LabelMap labels, float[] scores, ActivationMap map, Picture saliency)
    {
        int area = labels.Labels.Length;
        for (int i = 0; i < area; i++)
        {
            float claim = 0; // of the likeliest class
            for (int t = 1; t <= map.Classes.Count; t++) claim = Math.Max(claim, scores[t * area + i]);
            bool contradicts = labels.Labels[i] == 0
                ? saliency.Pixels[i] / 255f >= SalientFrom || claim > ClassScoreAbove
                : scores[i] > ConflictAbove && claim > ConflictAbove;
            if (contradicts) labels.Labels[i] = LabelMap.Ignore;
        }
    }

    /// <summary>Whether less than <see cref="LeastForeground"/> of a picture is labelled as foreground: a tagged picture gets no labels then.</summary>
    internal static bool IsAlmostEmpty(LabelMap labels) =>
        labels.Labels.Count(static label => label is not 0 and not LabelMap.Ignore) < LeastForeground * labels.Labels.Length;
}
