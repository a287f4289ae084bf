using Rca.Imaging;

namespace Rca.Benchmarks;

/// <summary>
/// A seeded picture with structure: 24 soft coloured blobs over a gradient with noise of deviation 6 in every channel,
/// and noisy label scores that follow the blobs.
/// </summary>
public static class SyntheticScene
{
    private const int Blobs = 24;
    private const double Noise = 6;

    /// <summary>Draws one.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="seed">The same seed gives the same picture.</param>
    /// <returns>RGB, and scores that sum to 1 over the labels of a pixel: labels × height × width.</returns>
    public static (Picture Picture, float[] Probabilities) Create(int width, int height, int labels, int seed)
    {
        var random = new Random(seed);
        var blobs = Enumerable.Range(0, Blobs).Select(i => (
            X: random.NextDouble() * width,
            Y: random.NextDouble() * height,
            Radius: (0.04 + 0.12 * random.NextDouble()) * width,
            Colour: new[] { random.Next(256), random.Next(256), random.Next(256) },
            Label: i % labels)).ToArray();
        var pixels = new byte[width * height * 3];
        var probabilities = new float[labels * width * height];
        var scores = new double[labels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var colour = new[] { 255.0 * x / width, 255.0 * y / height, 128 };
                for (var label = 0; label < labels; label++)
                    scores[label] = 0.1 + 0.3 * random.NextDouble();
                foreach (var blob in blobs)
                {
                    var distance = Math.Sqrt((x - blob.X) * (x - blob.X) + (y - blob.Y) * (y - blob.Y)) / blob.Radius;
                    var cover = 1 / (1 + Math.Exp(12 * (distance - 1)));
                    for (var c = 0; c < 3; c++)
                        colour[c] += cover * (blob.Colour[c] - colour[c]);
                    scores[blob.Label] += 0.8 * Math.Exp(-distance * distance);
                }
                for (var c = 0; c < 3; c++)
                    pixels[(y * width + x) * 3 + c] = (byte)Math.Clamp(colour[c] + Noise * Gaussian(random), 0, 255);
                var total = scores.Sum();
                for (var label = 0; label < labels; label++)
                    probabilities[(label * height + y) * width + x] = (float)(scores[label] / total);
            }
        }
        return (new Picture(width, height, 3, pixels), probabilities);
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
