using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// Passes large pictures band by band through layers that depend on few rows and halve the grid at their end: of the widest results, at the
/// finest grid, only a band's is in memory at a time.
/// </summary>
internal static class RowBands
{
    /// <summary>Rows that pooling and fast convolutions (<see cref="Conv2d"/>) take at a time; bands begin at multiples of it.</summary>
    private const int Tile = 4;

    /// <summary>Bytes of a band of the widest result in float32: less than what is new memory each time.</summary>
    private const long BandBytes = 24 << 20;

    /// <summary>
    /// (B, C, H, W) → (B, D, H/2, W/2), rounded up. In one piece if a gradient is needed, on CUDA, and where it is small. With the fast
    /// convolutions every value is what the whole picture gives, bit for bit; with others it may differ by rounding.
    /// </summary>
    /// <param name="x">Pictures or features.</param>
    /// <param name="channels">Channels of the widest result, at x's grid.</param>
    /// <param name="convolutions">How many 3×3 convolutions <paramref name="layers"/> begins with.</param>
    /// <param name="layers">These, and a max-pool of 2×2 that keeps cut-off windows.</param>
    public static Tensor Pass(Tensor x, int channels, int convolutions, Func<Tensor, Tensor> layers)
    {
        if (!NoGrad.Active || x.Device.IsCuda) return layers(x);
        // What lies beyond a band spoils a row more with each convolution, and by rounding the whole tile of this row; only the last
        // convolution's tile is dropped before another one reads it.
        long margin = Tile * Math.Max(1, convolutions - 1), height = x.Size(2), rowBytes = x.Size(0) * channels * x.Size(3) * sizeof(float);
        long most = Math.Max(BandBytes / Math.Max(1, rowBytes) - 2 * margin, 8 * margin); // bands much lower than that would compute more twice
        long bands = (height + most - 1) / most;
        if (bands <= 1) return layers(x);
        using var scope = new TensorScope();
        var parts = new List<Tensor>();
        for (long band = 0, top = 0; band < bands; band++)
        {
            using var inner = new TensorScope();
            long end = band == bands - 1 ? height : (band + 1) * height / bands / Tile * Tile;
            long above = Math.Min(margin, top), below = Math.Min(margin, height - end);
            Tensor y = layers(x.Narrow(2, top - above, above + end - top + below));
            parts.Add(inner.Keep(y.Narrow(2, above / 2, (end - top + 1) / 2)));
            top = end;
        }
        return scope.Keep(Tensor.Concatenate([.. parts], 2));
    }
}
