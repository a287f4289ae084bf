using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Passes;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>How well the network finds tags on pictures that it has not learnt from.</summary>
public static class TagEvaluation
{
    /// <summary>
    /// Mean over classes of the average precision: images ranked by the class's final score, precision averaged over the tagged ones.
    /// Classes that no image has are left out; images that cannot be read or whose tags are unknown too.
    /// </summary>
    public static double MeanAveragePrecision(
        ClassificationModel model, IReadOnlyList<TaggedImage> images, int size, int batchSize, Compute compute, CancellationToken cancellation)
    {
        model.Train(false);
        var view = new MultiScale(size, [1], Flip: false, model.Backbone.PictureMultiple);
        var scores = new List<(float[] Scores, IReadOnlyList<int> Tags)>();
        foreach (TaggedImage[] chunk in PictureGroup.Chunk([.. images.Where(static image => image.TagsKnown)], batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (PictureGroup group in PictureGroup.Read(chunk))
            {
                using var scope = new TensorScope();
                using var noGrad = new NoGrad();
                Tensor x = view.Batch(group.Pictures, 1, compute);
                Tensor maps;
                using (compute.ForwardPass()) maps = model.Forward(x).Maps;
                float[] values = maps.To(DType.Float32).Mean([2, 3]).ToArray<float>(); // (B, L)
                for (int i = 0; i < group.Images.Count; i++)
                    scores.Add((values.AsSpan(i * model.Classes, model.Classes).ToArray(), group.Images[i].Tags));
            }
        }
        return Enumerable.Range(0, model.Classes)
            .Select(l => AveragePrecision(scores.Select(item => (item.Scores[l], item.Tags.Contains(l)))))
            .Where(static precision => precision is not null)
            .Average() ?? 0;
    }

    /// <summary>The mean, over relevant items, of the precision at their rank; null without one.</summary>
    internal static double? AveragePrecision(IEnumerable<(float Score, bool Relevant)> items)
    {
        int rank = 0, found = 0;
        double sum = 0;
        foreach (var (_, relevant) in items.OrderByDescending(static item => item.Score))
        {
            rank++;
            if (relevant) sum += (double)++found / rank;
        }
        return found > 0 ? sum / found : null;
    }
}
