using Rca.Computing;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Transforms;
using Rca.Torch;

namespace Rca.Passes;

/// <summary>Sizes and mirroring at which a trained network looks at a picture.</summary>
/// <param name="Size">Longer side at scale 1, in pixels: the size that the network was trained at.</param>
/// <param name="Scales">Factors on <paramref name="Size"/>.</param>
/// <param name="Flip">Also looks at the mirrored picture.</param>
/// <param name="Multiple">Both sides are multiples of this (<see cref="Backbones.Backbone.PictureMultiple"/>).</param>
public sealed record MultiScale(int Size, IReadOnlyList<double> Scales, bool Flip, int Multiple = 1)
{
    /// <summary>Longest side of results; larger pictures are reduced to it, and their masks enlarged again.</summary>
    public const int MaxSide = 1024;

    /// <summary>
    /// The most pixels that the network processes together. Their activations take up to 1 KiB each. On a processor more would not be faster; CUDA has more to keep busy.
    /// </summary>
    private static long PixelsAtOnce(Device device) => device.IsCuda ? 1 << 22 : 1 << 19;

    /// <summary>The size of the results for a picture: its own, or <see cref="MaxSide"/> long.</summary>
    public static (int Width, int Height) ResultSize(Picture picture) =>
        Math.Max(picture.Width, picture.Height) <= MaxSide
            ? (picture.Width, picture.Height)
            : Augmentation.FitLongerSide(picture.Width, picture.Height, MaxSide);

    /// <summary>Sums a network's results over scales and mirror images.</summary>
    /// <param name="pictures">RGB pictures of one size.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="network">(B, 3, h, w) → (B, C, h/8, w/8).</param>
    /// <param name="select">Reduces the results at the small grid, before they are enlarged: (B, C, h, w) → (R, C', h, w).</param>
    /// <returns>(R, C', H, W) at <see cref="ResultSize"/>.</returns>
    public Tensor Sum(IReadOnlyList<Picture> pictures, Compute compute, Func<Tensor, Tensor> network, Func<Tensor, Tensor> select)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var (width, height) = ResultSize(pictures[0]);
        Tensor? sum = null;
        foreach (double scale in Scales)
        {
            using var inner = new TensorScope();
            var (w, h) = InputSize(pictures[0], scale);
            long viewsAtOnce = Math.Max(1, PixelsAtOnce(compute.Device) / ((long)w * h));
            Tensor y = Look(Batch(pictures, scale, compute), viewsAtOnce, compute, network); // (B, C, h/8, w/8)
            Tensor enlarged = select(y).Contiguous().ResizeBilinear(height, width);
            if (sum is null) sum = inner.Keep(enlarged);
            else sum.Add_(enlarged);
        }
        return scope.Keep(sum!);
    }

    /// <summary>Pictures of one size, resized for a scale, as (B, 3, h, w).</summary>
    public Tensor Batch(IReadOnlyList<Picture> pictures, double scale, Compute compute)
    {
        var (width, height) = InputSize(pictures[0], scale);
        using PictureBatch batch = PictureBatch.For(compute, pictures.Count, width, height);
        Parallel.For(0, pictures.Count, i => batch.Set(i, Resampler.Resize(pictures[i], width, height)));
        return batch.Values.To(compute.Device);
    }

    private (int Width, int Height) InputSize(Picture picture, double scale)
    {
        var (width, height) = Augmentation.FitLongerSide(picture.Width, picture.Height, Size * scale);
        return (Whole(width), Whole(height));

        int Whole(int side) => Math.Max(1, (int)Math.Round((double)side / Multiple)) * Multiple;
    }

    /// <summary>The network's results at one scale, those of the mirror images added: (B, 3, h, w) → (B, C, h/8, w/8).</summary>
    private Tensor Look(Tensor pictures, long viewsAtOnce, Compute compute, Func<Tensor, Tensor> network)
    {
        using var scope = new TensorScope();
        long count = pictures.Size(0);
        Tensor views = Flip ? Tensor.Concatenate([pictures, pictures.Flip(3)], 0) : pictures;
        var parts = new List<Tensor>();
        using (compute.ForwardPass()) // around all parts: it keeps the converted weights
        {
            for (long first = 0; first < views.Size(0); first += viewsAtOnce)
            {
                using var inner = new TensorScope();
                parts.Add(inner.Keep(network(views.Narrow(0, first, Math.Min(viewsAtOnce, views.Size(0) - first))).To(DType.Float32)));
            }
        }
        Tensor y = Tensor.Concatenate([.. parts], 0);
        return scope.Keep(Flip ? y.Narrow(0, 0, count) + y.Narrow(0, count, count).Flip(3) : y);
    }
}
