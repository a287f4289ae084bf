using Rca.Imaging;

namespace Rca.Data;

internal static class PictureTransforms
{
    public static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        var result = new Picture(width, height, picture.Channels);
        var row = width * picture.Channels;
        for (var y = 0; y < height; y++)
            picture.Pixels.AsSpan(((top + y) * picture.Width + left) * picture.Channels, row).CopyTo(result.Pixels.AsSpan(y * row, row));
        return result;
    }
}
