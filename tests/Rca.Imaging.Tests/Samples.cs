using Rca.Imaging.Masks;

namespace Rca.Imaging.Tests;

internal static class Samples
{
    public static Picture Noise(int width, int height, int channels, int seed)
    {
        var picture = new Picture(width, height, channels);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }

    public static Picture Smooth(int width, int height, int channels)
    {
        var picture = new Picture(width, height, channels);
        for (int i = 0; i < picture.Pixels.Length; i++)
        {
            int pixel = i / channels, c = i % channels;
            picture.Pixels[i] = (byte)(128 + 100 * Math.Sin(pixel % width * 0.2 + pixel / width * 0.1 * (c + 1)));
        }
        return picture;
    }

    public static LabelMap Labels(int width, int height, int most, int seed)
    {
        var random = new Random(seed);
        var map = new LabelMap(width, height);
        for (int i = 0; i < map.Labels.Length; i++)
            map.Labels[i] = random.Next(8) == 0 ? LabelMap.Ignore : (ushort)random.Next(most + 1);
        return map;
    }
}
