using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// The regions of a batch: one for each class tagged on each picture (section 3.1). Row r of every tensor made here is region r.
/// </summary>
public sealed class Regions
{
    private readonly Tensor _masks; // (B, L, H·W) of 0 and 1
    private readonly Tensor _areas; // (B, L, 1)
    private readonly Tensor _rows; // (R): place of each region in B·L

    private Regions(Tensor masks, Tensor areas, Tensor rows, int[] pictures, int[] classes) =>
        (_masks, _areas, _rows, Pictures, Classes) = (masks, areas, rows, pictures, classes);

    /// <summary>Place of each region's picture in the batch.</summary>
    public int[] Pictures { get; }

    /// <summary>Class of each region.</summary>
    public int[] Classes { get; }

    /// <summary>Number of regions, R.</summary>
    public int Count => Classes.Length;

    /// <summary>Marks, for each tagged class, where its first map is above a threshold between its mean and its maximum. No gradient passes.</summary>
    /// <param name="coarseMaps">P, (B, L, H, W).</param>
    /// <param name="tags">Tagged classes of each picture of the batch.</param>
    /// <param name="threshold">Where between mean (0, the paper's choice) and maximum (1).</param>
    /// <param name="softmax">Compares the classes with each other first, as the public code does.</param>
    public static Regions Find(Tensor coarseMaps, IReadOnlyList<IReadOnlyList<int>> tags, double threshold = 0, bool softmax = false)
    {
        using var noGrad = new NoGrad();
        int classCount = (int)coarseMaps.Size(1);
        var pictures = new List<int>();
        var classes = new List<int>();
        for (int i = 0; i < tags.Count; i++)
            foreach (int l in tags[i])
            {
                pictures.Add(i);
                classes.Add(l);
            }
        Tensor maps = coarseMaps.To(DType.Float32).Flatten(2); // (B, L, H, W) → (B, L, H·W)
        if (softmax) maps = maps.Softmax(1);
        Tensor mean = maps.Mean([2], keep: true), bound = mean + (maps.Max([2], keep: true) - mean) * threshold; // (B, L, 1)
        Tensor masks = maps.Greater(bound).To(DType.Float32);
        Tensor areas = masks.Sum(2).Unsqueeze(2).ClampMin(1); // a constant map has no position above the bound
        long[] rows = [.. pictures.Select((picture, r) => (long)picture * classCount + classes[r])];
        return new Regions(masks, areas, Tensor.From(rows, rows.Length).To(coarseMaps.Device), [.. pictures], [.. classes]);
    }

    /// <summary>Masked average pooling: f_l = Σ(F·m) / Σm, (B, D, H, W) → (R, D) in float32.</summary>
    public Tensor Pool(Tensor features)
    {
        Tensor positions = features.To(DType.Float32).Flatten(2).Transpose(1, 2); // (B, D, H, W) → (B, H·W, D)
        Tensor vectors = _masks.Matmul(positions) / _areas; // (B, L, D)
        return vectors.Flatten(0, 1).IndexSelect(0, _rows);
    }
}
