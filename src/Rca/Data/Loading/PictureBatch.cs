using Rca.Computing;
using Rca.Imaging;
using Rca.Torch;

namespace Rca.Data.Loading;

/// <summary>
/// Pictures of one size as the network wants them: RGB, normalised as <see cref="PictureNormalisation.ImageNet"/>, in libtorch's own memory.
/// <see cref="For"/> makes one.
/// </summary>
public sealed class PictureBatch : IDisposable
{
    /// <summary>Value of each byte in each channel after normalisation.</summary>
    private static readonly float[] Normalised = [.. from channel in Enumerable.Range(0, 3)
                                                     from value in Enumerable.Range(0, 256)
                                                     select (value / 255f - PictureNormalisation.ImageNet.Mean[channel]) / PictureNormalisation.ImageNet.Deviation[channel]];

    /// <summary>The colour that normalises to (nearly) zero, for padding.</summary>
    public static ReadOnlySpan<byte> MeanColour => [124, 116, 104];

    private readonly bool _channelsLast;

    /// <summary>A batch with room for <paramref name="count"/> pictures, each yet to be set.</summary>
    internal PictureBatch(int count, int width, int height, bool channelsLast, bool pinned = false)
    {
        (Width, Height, _channelsLast) = (width, height, channelsLast);
        Values = Tensor.Empty([count, 3, height, width], channelsLast: channelsLast, pinned: pinned).Escape();
    }

    /// <summary>Room for pictures, laid out as networks on a device want them, where it can take them by itself.</summary>
    /// <param name="compute">The device and the layout.</param>
    /// <param name="count">B, the number of pictures.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    public static PictureBatch For(Compute compute, int count, int width, int height) =>
        new(count, width, height, compute.ChannelsLast, pinned: compute.Device.IsCuda);

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Normalised values, (B, 3, H, W), on the processor. They go with the batch.</summary>
    public Tensor Values { get; }

    /// <summary>Normalises one RGB picture into its place. Several threads may each set another picture.</summary>
    public void Set(int index, Picture rgb)
    {
        if (rgb.Width != Width || rgb.Height != Height || rgb.Channels != 3)
            throw new ArgumentException($"The batch takes {Width}×{Height} RGB pictures, not {rgb.Width}×{rgb.Height} with {rgb.Channels} channels.", nameof(rgb));
        int length = rgb.Pixels.Length;
        Values.Edit<float>(all =>
        {
            Span<float> to = all.Slice(index * length, length);
            if (_channelsLast) Interleaved(rgb.Pixels, to);
            else Planar(rgb.Pixels, to);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Values.Dispose();

    private static void Interleaved(ReadOnlySpan<byte> from, Span<float> to)
    {
        ReadOnlySpan<float> red = Normalised.AsSpan(0, 256), green = Normalised.AsSpan(256, 256), blue = Normalised.AsSpan(512, 256);
        for (int i = 0; i + 2 < to.Length; i += 3)
        {
            to[i] = red[from[i]];
            to[i + 1] = green[from[i + 1]];
            to[i + 2] = blue[from[i + 2]];
        }
    }

    private static void Planar(ReadOnlySpan<byte> from, Span<float> to)
    {
        ReadOnlySpan<float> red = Normalised.AsSpan(0, 256), green = Normalised.AsSpan(256, 256), blue = Normalised.AsSpan(512, 256);
        int area = to.Length / 3;
        Span<float> toRed = to[..area], toGreen = to.Slice(area, area), toBlue = to.Slice(2 * area, area);
        for (int i = 0; i < area; i++)
        {
            toRed[i] = red[from[3 * i]];
            toGreen[i] = green[from[3 * i + 1]];
            toBlue[i] = blue[from[3 * i + 2]];
        }
    }
}
