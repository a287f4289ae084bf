using Rca.Computing;
using Rca.Data;
using Rca.Files;
using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Online accumulation (section 4.1): the running maximum over epochs of the final maps that training makes of each picture, rectified,
/// divided by their maximum and rounded to 8 bits. A class whose score is low in an epoch adds nothing. The maps are held in memory during
/// an epoch, a byte for each position and tag, and are then stored in one compressed file for each picture. An epoch that is repeated after a
/// stop changes nothing: the maximum of equal maps is the same.
/// </summary>
/// <param name="folder">Where the files lie.</param>
/// <param name="images">The train images.</param>
/// <param name="classes">Class names.</param>
public sealed class AccumulatedMaps(string folder, IReadOnlyList<TaggedImage> images, IReadOnlyList<string> classes)
{
    /// <summary>Probability of a class above which its map counts.</summary>
    public const double LeastProbability = 0.1;

    private readonly Dictionary<int, Grid> _grids = [];
    private readonly Deferred _last = new(); // the last batch, whose maps may still be on their way

    /// <summary>Reads the maps of an earlier start; pictures without a file start from zero.</summary>
    public void Load()
    {
        for (int i = 0; i < images.Count; i++)
        {
            string path = Path.Combine(folder, ActivationMapFile.NameFor(images[i].Name));
            if (!File.Exists(path) || images[i].Tags.Count == 0) continue;
            ActivationMap map = ActivationMapFile.Read(path, images[i].Tags, classes);
            _grids[i] = new Grid(map.Width, map.Height, [.. map.Values.Select(static value => (byte)MathF.Round(value * 255))]);
        }
    }

    /// <summary>Takes the maps of one batch. They are read back while the device continues, and included with the next batch or when saved.</summary>
    /// <param name="indices">Index of each picture in the train images.</param>
    /// <param name="tags">Tagged classes of each picture.</param>
    /// <param name="maps">O, (B, L, H, W).</param>
    public void Add(int[] indices, IReadOnlyList<int>[] tags, Tensor maps)
    {
        long[] rows = [.. tags.SelectMany((some, i) => some.Select(l => i * maps.Size(1) + l))];
        if (rows.Length == 0) return;
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        int width = (int)maps.Size(3), height = (int)maps.Size(2);
        Tensor tagged = maps.Detach().To(DType.Float32).Flatten(0, 1).IndexSelect(0, Tensor.From(rows, rows.Length).To(maps.Device)); // (R, H, W)
        Tensor counts = tagged.Mean([1, 2], keep: true).Sigmoid().Greater(LeastProbability).To(DType.Float32); // (R, 1, 1)
        Tensor rectified = tagged.Relu();
        _last.Begin(rectified / rectified.Max([1, 2], keep: true).ClampMin(1e-5) * counts * 255, values => CountIn(indices, tags, width, height, values));
    }

    /// <summary>Counts the maps of a batch in.</summary>
    /// <param name="indices">Index of each picture in the train images.</param>
    /// <param name="tags">Tagged classes of each picture.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="values">Their maps, 0 to 255, (R, H, W).</param>
    private void CountIn(int[] indices, IReadOnlyList<int>[] tags, int width, int height, float[] values)
    {
        int row = 0, area = width * height;
        for (int i = 0; i < indices.Length; i++)
        {
            if (tags[i].Count == 0) continue;
            int length = tags[i].Count * area;
            if (!_grids.TryGetValue(indices[i], out Grid? grid) || (grid.Width, grid.Height) != (width, height))
                _grids[indices[i]] = grid = new Grid(width, height, new byte[length]);
            for (int k = 0; k < length; k++) grid.Values[k] = Math.Max(grid.Values[k], (byte)MathF.Round(values[row * area + k]));
            row += tags[i].Count;
        }
    }

    /// <summary>Writes a file for each picture that has maps; all of them, as each epoch may change any.</summary>
    public void Save()
    {
        _last.Settle();
        int[] kept = [.. _grids.Keys];
        Workers.For(kept.Length, Workers.AllProcessors, CancellationToken.None, k =>
        {
            int i = kept[k];
            Grid grid = _grids[i];
            var map = new ActivationMap(grid.Width, grid.Height, images[i].Tags, [.. grid.Values.Select(static value => value / 255f)]);
            OutputFile.Write(folder, ActivationMapFile.NameFor(images[i].Name), path => ActivationMapFile.Write(path, map, classes));
        });
    }

    private sealed record Grid(int Width, int Height, byte[] Values);
}
