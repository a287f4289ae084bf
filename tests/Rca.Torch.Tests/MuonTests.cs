namespace Rca.Torch.Tests;

public class MuonTests : SingleThread
{
    [Theory]
    [InlineData(8, 8)]
    [InlineData(6, 40)]
    [InlineData(40, 6)]
    [InlineData(1, 5)]
    public void A_step_keeps_the_directions_of_a_matrix_and_makes_them_alike(int rows, int columns)
    {
        using var scope = new TensorScope();
        Tensor matrix = Tensor.From(Values(rows * columns), rows, columns);
        // Without the short cut through the Gram matrix: x ← ax + b(xxᵀ)x + c(xxᵀ)²x.
        Tensor expected = matrix / (matrix * matrix).Sum().Sqrt();
        for (int round = 0; round < 5; round++)
        {
            Tensor gram = expected.Matmul(expected.Transpose(0, 1)), third = gram.Matmul(expected);
            expected = expected * 3.4445 + third * -4.7750 + gram.Matmul(third) * 2.0315;
        }
        Tensor found = Muon.Orthogonalize(matrix);
        Golden.AssertClose(expected, found, 1e-3, "orthogonal matrix");
        // The squared singular values are the eigenvalues of the smaller Gram matrix: their sum and the sum of their squares bound each.
        Tensor small = rows <= columns ? found.Matmul(found.Transpose(0, 1)) : found.Transpose(0, 1).Matmul(found);
        int count = Math.Min(rows, columns);
        double mean = small.Diagonal().Sum().Item() / count, spread = Math.Sqrt(Math.Max(0, (small * small).Sum().Item() / count - mean * mean));
        Assert.InRange(mean, 0.4, 1.4); // the iteration ends at singular values of about 0.7 to 1.2
        Assert.InRange(spread, 0, 0.45);
    }

    [Fact]
    public void A_step_has_the_size_that_its_rate_says_whatever_the_gradient()
    {
        using var scope = new TensorScope();
        foreach (float size in (float[])[1e-4f, 1e4f])
        {
            Tensor weight = Tensor.Zeros([16, 4, 3, 3]).WithGrad();
            using var rule = new Muon([new ParameterGroup([("weight", weight)], 0.5, 0)]);
            (weight * Tensor.From([.. Values(576).Select(v => v * size)], 16, 4, 3, 3)).Sum().Backward();
            rule.Step(0.1);
            double rms = Math.Sqrt(weight.Detach().ToArray<float>().Average(static v => (double)v * v));
            Assert.InRange(rms / (0.5 * 0.1 * 0.2), 0.7, 1.3); // 0.2: the usual size of AdamW's steps
        }
    }

    [Fact]
    public void A_run_that_stops_and_goes_on_ends_where_an_unbroken_one_ends()
    {
        using var scope = new TensorScope();
        Tensor unbroken = Start(), broken = Start();
        using OptimizerSet rule = Rules(unbroken), before = Rules(broken);
        Train(unbroken, rule, 4);
        Train(broken, before, 2);
        Tensor resumed = broken.Detach().Clone().WithGrad();
        using OptimizerSet after = Rules(resumed);
        after.LoadState(before.State().ToDictionary());
        Train(resumed, after, 2);
        Assert.Equal(unbroken.Detach().ToArray<float>(), resumed.Detach().ToArray<float>());
        Assert.NotEqual(unbroken.Detach().ToArray<float>(), broken.Detach().ToArray<float>());
    }

    [Fact]
    public void Weights_that_are_no_matrices_are_refused_by_name()
    {
        using var scope = new TensorScope();
        var e = Assert.Throws<ArgumentException>(() => new Muon([new ParameterGroup([("layer.bias", Tensor.Zeros([3]))], 1, 0)]));
        Assert.Contains("layer.bias", e.Message, StringComparison.Ordinal);
    }

    private static Tensor Start() => Tensor.From(Values(12), 3, 4).WithGrad();

    private static OptimizerSet Rules(Tensor weight) => new(new Muon([new ParameterGroup([("weight", weight)], 0.1, 0.1)]));

    private static void Train(Tensor weight, OptimizerSet rule, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            (weight * weight * Tensor.From([.. Values(24).Skip(12)], 3, 4)).Sum().Backward();
            rule.Step(1);
        }
    }

    /// <summary>Numbers between -1 and 1 without a pattern.</summary>
    private static float[] Values(int count) => [.. Enumerable.Range(1, count).Select(static i => (float)Math.Sin(12.9898 * i * i))];
}
