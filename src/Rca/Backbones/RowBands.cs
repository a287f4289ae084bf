using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// Passes large pictures band by band through layers that look at few rows, and halve the grid at their end. Of the widest results, at the
/// finest grid, only a band's is in memory at a time; it is small enough for the caches, and for the heap.
/// </summary>
internal static class RowBands
{
    /// <summary>
    /// Rows computed around a band and dropped: no fewer than three convolutions look at, and a multiple of what pooling and fast
    /// convolutions (<see cref="Conv2d"/>) take at a time, so that every value is what the whole picture gives, bit for bit.
    /// </summary>
    private const int Margin = 4;

    /// <summary>Bytes of a band of the widest result.</summary>
    private const long BandBytes = 24 << 20;

    /// <summary>(B, C, H, W) → (B, D, H/2, W/2), rounded up. In one piece where a gradient is wanted, on CUDA, and where it is small.</summary>
    /// <param name="x">Pictures or features.</param>
    /// <param name="channels">Channels of the widest result, at x's grid.</param>
    /// <param name="layers">At most three 3×3 convolutions, and a max-pool of 2×2 that keeps cut-off windows.</param>
    public static Tensor Pass(Tensor x, int channels, Func<Tensor, Tensor> layers)
    {
        long height = x.Size(2), most = BandBytes / (x.Size(0) * channels * x.Size(3) * sizeof(float)) - 2 * Margin;
        if (!NoGrad.Active || x.Device.IsCuda || height <= most + 2 * Margin) return layers(x);
        long bands = CeilDiv(height, Math.Max(most, 4 * Margin)), rows = Math.Max(1, height / bands / Margin) * Margin;
        using var scope = new TensorScope();
        var parts = new List<Tensor>();
        for (long top = 0, end; top < height; top = end)
        {
            using var inner = new TensorScope();
            end = height - top < 2 * rows ? height : top + rows; // the last one takes the rest
            long above = Math.Min(Margin, top), below = Math.Min(Margin, height - end);
            Tensor y = layers(x.Narrow(2, top - above, above + end - top + below));
            parts.Add(inner.Keep(y.Narrow(2, above / 2, CeilDiv(end - top, 2))));
        }
        return scope.Keep(Tensor.Concatenate([.. parts], 2));
    }

    private static long CeilDiv(long a, long b) => (a + b - 1) / b;
}
