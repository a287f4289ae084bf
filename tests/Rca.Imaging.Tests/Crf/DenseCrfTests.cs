using Rca.Imaging.Crf;

namespace Rca.Imaging.Tests.Crf;

public sealed class DenseCrfTests
{
    private static readonly Dictionary<string, DenseCrfOptions> GoldenOptions = new()
    {
        ["label"] = new(),
        ["irn"] = new() { BilateralSxy = 50, BilateralSrgb = 5 },
        ["deeplab"] = new() { GaussianSxy = 1, BilateralSxy = 67, BilateralSrgb = 3, BilateralWeight = 4 },
        ["one_step"] = new() { Iterations = 1 },
    };

    public static TheoryData<int, string> GoldenCases()
    {
        var cases = new TheoryData<int, string>();
        foreach (var picture in new[] { 0, 1 })
        {
            foreach (var name in GoldenOptions.Keys)
                cases.Add(picture, name);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(GoldenCases))]
    public void AgreesWithTheReference(int picture, string name)
    {
        var golden = new Safetensors(Path.Combine(AppContext.BaseDirectory, "golden", "dense_crf.safetensors"));
        var shape = golden.Shape($"{picture}.probability");
        var (labels, height, width) = (shape[0], shape[1], shape[2]);
        var rgb = new Picture(width, height, 3, golden.Bytes($"{picture}.image_rgb"));
        var expected = golden.Floats($"{picture}.q.{name}");

        var q = DenseCrf.Infer(rgb, golden.Floats($"{picture}.probability"), labels, GoldenOptions[name]);

        Assert.InRange(q.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-3f);
        var pixels = height * width;
        var equal = Enumerable.Range(0, pixels).Count(i => ArgMax(q, i, pixels) == ArgMax(expected, i, pixels));
        Assert.InRange(equal, 0.999 * pixels, pixels);
    }

    // The lattice approximates a Gaussian to some percent, and truncates it at the picture's edge: Q stays within 0.04.
    [Theory]
    [InlineData(0, 2, 13)]
    [InlineData(3, 0, 13)]
    [InlineData(1, 2, 13)]
    [InlineData(1, 2, 60)]
    public void AgreesWithExactKernels(float gaussianWeight, float bilateralWeight, float srgb)
    {
        var (rgb, probabilities) = Scene(12, 10, 3, seed: 4);
        var options = new DenseCrfOptions
        {
            Iterations = 3, GaussianWeight = gaussianWeight, BilateralWeight = bilateralWeight, BilateralSxy = 8, BilateralSrgb = srgb,
        };

        var q = DenseCrf.Infer(rgb, probabilities, 3, options);

        var exact = ExactDenseCrf.Infer(rgb, probabilities, 3, options);
        var change = exact.Zip(probabilities, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(change > 0.2, "The kernels must matter for the comparison to say something.");
        Assert.InRange(q.Zip(exact, (a, b) => Math.Abs(a - b)).Max(), 0, 0.04);
    }

    [Theory]
    [InlineData(37, 23, 2)]
    [InlineData(37, 23, 4)]
    [InlineData(37, 23, 5)]
    [InlineData(37, 23, 21)]
    [InlineData(9001, 1, 3)]
    [InlineData(1, 9001, 3)]
    public void SumsToOne(int width, int height, int labels)
    {
        var (rgb, probabilities) = Scene(width, height, labels, seed: 1);
        var q = DenseCrf.Infer(rgb, probabilities, labels, new DenseCrfOptions());
        var pixels = width * height;
        for (var i = 0; i < pixels; i++)
            Assert.Equal(1, Enumerable.Range(0, labels).Sum(label => q[label * pixels + i]), 1e-5f);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(21)]
    public void ThreadsDoNotChangeABit(int labels)
    {
        var (rgb, probabilities) = Scene(300, 250, labels, seed: 2); // several bands
        var options = new DenseCrfOptions { Iterations = 3 };
        var one = DenseCrf.Infer(rgb, probabilities, labels, options, threads: 1);
        Assert.Equal(one, DenseCrf.Infer(rgb, probabilities, labels, options, threads: 2));
        Assert.Equal(one, DenseCrf.Infer(rgb, probabilities, labels, options, threads: 7));
        Assert.Equal(one, DenseCrf.Infer(rgb, probabilities, labels, options));
    }

    [Fact]
    public void PermutedLabelsGivePermutedMarginals()
    {
        const int Labels = 9;
        var (rgb, probabilities) = Scene(40, 31, Labels, seed: 3);
        var plane = 40 * 31;
        int[] order = [5, 0, 8, 2, 7, 1, 3, 6, 4];
        float[] Permute(float[] values) => [.. order.SelectMany(label => values.Skip(label * plane).Take(plane))];
        var options = new DenseCrfOptions { Iterations = 5 };

        var permuted = DenseCrf.Infer(rgb, Permute(probabilities), Labels, options);

        var expected = Permute(DenseCrf.Infer(rgb, probabilities, Labels, options));
        // Only the order of sums over labels differs.
        Assert.InRange(permuted.Zip(expected, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-4f);
    }

    [Fact]
    public void UniformPictureWithUniformProbabilitiesStaysUniform()
    {
        var rgb = new Picture(20, 17, 3);
        var probabilities = Enumerable.Repeat(0.25f, 4 * 20 * 17).ToArray();
        Assert.All(DenseCrf.Infer(rgb, probabilities, 4, new DenseCrfOptions()), q => Assert.Equal(0.25f, q, 1e-5f));
    }

    // With one pixel the normalised kernel is 1, so Q ← softmax(-unary + (3 + 10)·Q).
    [Fact]
    public void SinglePixelFollowsTheFormula()
    {
        float[] probabilities = [0.6f, 0.4f];
        var (a, b) = (0.6, 0.4);
        for (var iteration = 0; iteration < 10; iteration++)
        {
            var (x, y) = (0.6 * Math.Exp(13 * a), 0.4 * Math.Exp(13 * b));
            (a, b) = (x / (x + y), y / (x + y));
        }
        var q = DenseCrf.Infer(new Picture(1, 1, 3, [10, 200, 30]), probabilities, 2, new DenseCrfOptions());
        Assert.Equal((float)a, q[0], 1e-4f);
        Assert.Equal((float)b, q[1], 1e-4f);
    }

    [Theory]
    [InlineData(0, 3, 10)]
    [InlineData(10, 0, 0)]
    public void WithoutIterationsOrKernelsReturnsClippedProbabilities(int iterations, float gaussianWeight, float bilateralWeight)
    {
        var options = new DenseCrfOptions { Iterations = iterations, GaussianWeight = gaussianWeight, BilateralWeight = bilateralWeight };
        var q = DenseCrf.Infer(new Picture(2, 1, 3), [0f, 0.25f, 1f, 0.75f], 2, options);
        float[] expected = [1e-5f / 1.00001f, 0.25f, 1 / 1.00001f, 0.75f];
        for (var i = 0; i < q.Length; i++)
            Assert.Equal(expected[i], q[i], 1e-6f);
    }

    [Fact]
    public void RejectsBadArguments()
    {
        var rgb = new Picture(4, 3, 3);
        var probabilities = Enumerable.Repeat(0.5f, 24).ToArray();
        Assert.Throws<ArgumentException>("rgb", () => DenseCrf.Infer(new Picture(4, 3, 1), probabilities, 2, new()));
        Assert.Throws<ArgumentException>("probabilities", () => DenseCrf.Infer(rgb, probabilities.AsSpan(1), 2, new()));
        Assert.Throws<ArgumentOutOfRangeException>("labels", () => DenseCrf.Infer(rgb, probabilities.AsSpan(12), 1, new()));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => DenseCrf.Infer(rgb, probabilities, 2, new(), -1));
        probabilities[5] = float.NaN;
        Assert.Throws<ArgumentException>("probabilities", () => DenseCrf.Infer(rgb, probabilities, 2, new()));
    }

    public static TheoryData<string, DenseCrfOptions> BadOptions() => new()
    {
        { "Iterations", new() { Iterations = -1 } },
        { "GaussianSxy", new() { GaussianSxy = 0 } },
        { "GaussianWeight", new() { GaussianWeight = -1 } },
        { "BilateralSxy", new() { BilateralSxy = float.NaN } },
        { "BilateralSrgb", new() { BilateralSrgb = float.PositiveInfinity } },
        { "BilateralWeight", new() { BilateralWeight = float.NaN } },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void RejectsBadOptions(string name, DenseCrfOptions options) =>
        Assert.Throws<ArgumentOutOfRangeException>(name, () => DenseCrf.Infer(new Picture(1, 1, 3), [0.5f, 0.5f], 2, options));

    [Fact]
    public void RejectsKernelsTooNarrowForTheLattice()
    {
        var options = new DenseCrfOptions { BilateralSxy = 1e-4f, BilateralSrgb = 1e-3f };
        var error = Assert.Throws<ArgumentException>(() => DenseCrf.Infer(new Picture(200, 200, 3), new float[80000], 2, options));
        Assert.Contains("too narrow", error.Message);
    }

    private static int ArgMax(float[] q, int pixel, int pixels) =>
        Enumerable.Range(0, q.Length / pixels).MaxBy(label => q[label * pixels + pixel]);

    /// <summary>Two flat halves with noise, and scores that lean to one label in each half.</summary>
    private static (Picture Rgb, float[] Probabilities) Scene(int width, int height, int labels, int seed)
    {
        var random = new Random(seed);
        var pixels = new byte[width * height * 3];
        var probabilities = new float[labels * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var left = i % width < width / 2;
            for (var c = 0; c < 3; c++)
                pixels[3 * i + c] = (byte)((left ? 60 : 150) + random.Next(40));
            var scores = Enumerable.Range(0, labels)
                .Select(label => 0.2 + random.NextDouble() + (label == (left ? 0 : 1) ? 0.5 : 0)).ToArray();
            for (var label = 0; label < labels; label++)
                probabilities[label * width * height + i] = (float)(scores[label] / scores.Sum());
        }
        return (new Picture(width, height, 3, pixels), probabilities);
    }
}
