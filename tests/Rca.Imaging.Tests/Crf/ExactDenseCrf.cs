using Rca.Imaging.Crf;

namespace Rca.Imaging.Tests.Crf;

/// <summary>The mean field with exact kernels, every pixel against every other, in double precision.</summary>
internal static class ExactDenseCrf
{
    public static double[] Infer(Picture rgb, float[] probabilities, int labels, DenseCrfOptions options)
    {
        var pixels = rgb.Width * rgb.Height;
        var gaussian = Kernel(pixels, (i, j) => Position(rgb, i, j) / Square(options.GaussianSxy));
        var bilateral = Kernel(pixels, (i, j) =>
            Position(rgb, i, j) / Square(options.BilateralSxy) + Colour(rgb, i, j) / Square(options.BilateralSrgb));
        var logits = probabilities.Select(p => Math.Log(Math.Clamp(p, 1e-5, 1))).ToArray();
        var q = Softmax(logits, labels);
        for (var iteration = 0; iteration < options.Iterations; iteration++)
        {
            var next = (double[])logits.Clone();
            for (var label = 0; label < labels; label++)
            {
                for (var i = 0; i < pixels; i++)
                {
                    for (var j = 0; j < pixels; j++)
                    {
                        var kernels = options.GaussianWeight * gaussian[i, j] + options.BilateralWeight * bilateral[i, j];
                        next[label * pixels + i] += kernels * q[label * pixels + j];
                    }
                }
            }
            q = Softmax(next, labels);
        }
        return q;
    }

    private static double[,] Kernel(int pixels, Func<int, int, double> squaredDistance)
    {
        var kernel = new double[pixels, pixels];
        var sums = new double[pixels];
        for (var i = 0; i < pixels; i++)
        {
            for (var j = 0; j < pixels; j++)
                sums[i] += kernel[i, j] = Math.Exp(-0.5 * squaredDistance(i, j));
        }
        for (var i = 0; i < pixels; i++)
        {
            for (var j = 0; j < pixels; j++)
                kernel[i, j] /= Math.Sqrt(sums[i] * sums[j]);
        }
        return kernel;
    }

    private static double[] Softmax(double[] logits, int labels)
    {
        var pixels = logits.Length / labels;
        var q = new double[logits.Length];
        for (var i = 0; i < pixels; i++)
        {
            var total = Enumerable.Range(0, labels).Sum(label => Math.Exp(logits[label * pixels + i]));
            for (var label = 0; label < labels; label++)
                q[label * pixels + i] = Math.Exp(logits[label * pixels + i]) / total;
        }
        return q;
    }

    private static double Position(Picture rgb, int i, int j) =>
        Square(i % rgb.Width - j % rgb.Width) + Square(i / rgb.Width - j / rgb.Width);

    private static double Colour(Picture rgb, int i, int j) =>
        Enumerable.Range(0, 3).Sum(c => Square(rgb.Pixels[3 * i + c] - rgb.Pixels[3 * j + c]));

    private static double Square(double value) => value * value;
}
