using Rca.Labelling;
using Rca.Torch;

namespace Rca.Tests.Labelling;

public sealed class PositionClassifierTests : SingleThread
{
    [Fact]
    public void It_learns_the_labels_of_positions()
    {
        using var scope = new TensorScope();
        var (features, labels) = Clusters(300);
        using PositionClassifier classifier = Learn(features, labels);

        var (others, truth) = Clusters(60, seed: 9);
        float[] probabilities = classifier.Probabilities([Grid(others)]).ToArray<float>(); // (1, 3, 1, 60)
        Assert.Equal(3, classifier.Labels);
        for (int i = 0; i < 60; i++)
        {
            float[] own = [.. Enumerable.Range(0, 3).Select(l => probabilities[l * 60 + i])];
            Assert.Equal(1, own.Sum(), 5);
            Assert.Equal(truth[i], Array.IndexOf(own, own.Max()));
        }
    }

    [Fact]
    public void The_same_positions_give_the_same_classifier()
    {
        using var scope = new TensorScope();
        using PositionClassifier one = Learn(), other = Learn();
        Assert.Equal(Bytes(one), Bytes(other));
    }

    /// <summary>softmax(W·8x/‖x‖ + b) in plain loops.</summary>
    [Fact]
    public void Probabilities_are_those_of_a_linear_function_of_directions()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        using PositionClassifier classifier = Learn();
        classifier.Write(folder.At("c.safetensors"), "here");
        using WeightFile file = Safetensors.Read(folder.At("c.safetensors"));
        float[] w = file.Tensors["weight"].ToArray<float>(), b = file.Tensors["bias"].ToArray<float>();
        float[] x = Values.Normal(5, 4, 6).ToArray<float>(); // D = 4 channels of 6 positions
        float[] found = classifier.Probabilities([Tensor.From(x, 1, 4, 2, 3)]).ToArray<float>();
        for (int i = 0; i < 6; i++)
        {
            double length = Math.Sqrt(Enumerable.Range(0, 4).Sum(d => x[d * 6 + i] * x[d * 6 + i]));
            double[] exp = [.. Enumerable.Range(0, 3).Select(l => Math.Exp(b[l] + Enumerable.Range(0, 4).Sum(d => w[l * 4 + d] * 8 * x[d * 6 + i] / length)))];
            for (int l = 0; l < 3; l++) Assert.Equal(exp[l] / exp.Sum(), found[l * 6 + i], 4);
        }
    }

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        using PositionClassifier classifier = Learn();
        classifier.Write(folder.At("c.safetensors"), "here");
        using PositionClassifier? read = PositionClassifier.Read(folder.At("c.safetensors"), "here", Device.Cpu);
        Assert.Equal(Bytes(classifier), Bytes(read!));
        Assert.Null(PositionClassifier.Read(folder.At("c.safetensors"), "there", Device.Cpu));

        folder.Text("broken.safetensors", "no weights");
        Assert.Throws<WeightFileException>(() => PositionClassifier.Read(folder.At("broken.safetensors"), "here", Device.Cpu));
        Safetensors.Write(folder.At("other.safetensors"), [("weight", Tensor.Zeros([3, 4]))], new Dictionary<string, string> { ["made_from"] = "here" });
        Assert.Contains("holds no classifier", Assert.Throws<WeightFileException>(() => PositionClassifier.Read(folder.At("other.safetensors"), "here", Device.Cpu)).Message);
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, 4, new[] { 2, 3, 4 })]
    [InlineData(new[] { 2, 3, 4 }, 4, new[] { 2, 3, 4 })]
    [InlineData(new[] { 2, 3 }, 1, new[] { 1 })]
    public void The_last_stage_is_always_among_those_looked_at(int[] affinity, int last, int[] expected) => Assert.Equal(expected, PositionClassifier.StagesOf(affinity, last));

    private static byte[] Bytes(PositionClassifier classifier)
    {
        using var folder = new TemporaryFolder();
        classifier.Write(folder.At("c.safetensors"), "here");
        return File.ReadAllBytes(folder.At("c.safetensors"));
    }

    private static PositionClassifier Learn()
    {
        var (features, labels) = Clusters(300);
        return Learn(features, labels);
    }

    private static PositionClassifier Learn(float[] positions, long[] labels)
    {
        Tensor features = PositionClassifier.Features([Grid(positions)], [1]); // (1, 4, 1, N)
        return PositionClassifier.Learn(features.Flatten(2).Squeeze(0).Transpose(0, 1), labels, 3, [1], TestContext.Current.CancellationToken);
    }

    /// <summary>N × 4 numbers as one row of positions, (1, 4, 1, N).</summary>
    private static Tensor Grid(float[] positions) => Tensor.From(positions, positions.Length / 4, 4).Transpose(0, 1).Contiguous().Reshape(1, 4, 1, positions.Length / 4);

    /// <summary>Positions around a direction for each of three labels, N × 4.</summary>
    private static (float[] Features, long[] Labels) Clusters(int count, int seed = 1)
    {
        var random = new Random(seed);
        long[] labels = [.. Enumerable.Range(0, count).Select(static i => i % 3L)];
        float[] features = [.. labels.SelectMany(label => Enumerable.Range(0, 4).Select(d => (float)(random.NextDouble() * 0.4 + (d == label ? 1 : 0))))];
        return (features, labels);
    }
}
