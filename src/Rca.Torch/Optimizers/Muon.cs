namespace Rca.Torch;

/// <summary>
/// Momentum whose step is made orthogonal (Muon; Jordan et al., 2024): every direction of a weight matrix moves equally far, so that rare
/// directions are learnt as fast as common ones. For weights of two or more dimensions, seen as matrices of outputs × everything else.
/// A step has the size of AdamW's at the same rate (Liu et al., 2025).
/// </summary>
public sealed class Muon : Optimizer
{
    private const double Momentum = 0.95, RootMeanSquare = 0.2;
    private const int Rounds = 5;

    /// <summary>Coefficients of x → ax + bx³ + cx⁵, which brings singular values of 0 to 1 near 1 in few rounds (to within about 0.3).</summary>
    private const double A = 3.4445, B = -4.7750, C = 2.0315;

    private readonly Tensor[][] _velocity;

    /// <summary>Makes the optimiser.</summary>
    /// <exception cref="ArgumentException">A weight has fewer than two dimensions.</exception>
    public Muon(IReadOnlyList<ParameterGroup> groups) : base(groups)
    {
        foreach (var (name, value) in groups.SelectMany(static group => group.Parameters))
            if (value.Dimensions < 2) throw new ArgumentException($"{name} has the shape {value}; Muon takes weights of two or more dimensions.", nameof(groups));
        _velocity = ZerosLike(groups);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State()
    {
        for (int i = 0; i < Groups.Count; i++)
            for (int k = 0; k < Groups[i].Parameters.Count; k++)
                yield return ($"{Groups[i].Parameters[k].Name}.velocity", _velocity[i][k]);
    }

    /// <summary>Roughly U Vᵀ of the matrix's singular value decomposition U S Vᵀ, by Newton-Schulz rounds of fifth order; (m, n) → (m, n).</summary>
    public static Tensor Orthogonalize(Tensor matrix)
    {
        using var scope = new TensorScope();
        bool tall = matrix.Size(0) > matrix.Size(1);
        Tensor x = tall ? matrix.Transpose(0, 1) : matrix; // (m, n), m ≤ n
        x = x / ((x * x).Sum().Sqrt() + 1e-7);
        // Each round multiplies x by a polynomial of its Gram matrix, which commutes with it: the rounds need only the small matrix.
        Tensor gram = x.Matmul(x.Transpose(0, 1)); // (m, m)
        Tensor linear = Tensor.Zeros(gram.Shape, device: gram.Device);
        linear.Diagonal().Fill_(A);
        Tensor? product = null;
        for (int round = 0; round < Rounds; round++)
        {
            Tensor factor = linear + gram * B + gram.Matmul(gram) * C;
            product = product?.Matmul(factor) ?? factor;
            if (round < Rounds - 1) gram = factor.Matmul(gram).Matmul(factor);
        }
        x = product!.Matmul(x);
        return scope.Keep(tall ? x.Transpose(0, 1) : x);
    }

    /// <inheritdoc/>
    protected override void Update(int group, IReadOnlyList<int> indices, Tensor[] gradients, double rate)
    {
        Tensor[] weights = Weights(group, indices), velocity = Pick(indices, _velocity[group]);
        // v ← μv + g;  θ ← θ - ηλθ - η·orthogonal(g + μv)
        Operators.ForeachMultiply.Run(velocity, Momentum);
        Operators.ForeachAdd.Run(velocity, gradients, 1.0);
        Operators.ForeachAdd.Run(gradients, velocity, Momentum);
        Operators.ForeachMultiply.Run(weights, 1 - rate * Groups[group].WeightDecay);
        for (int k = 0; k < weights.Length; k++)
        {
            using var scope = new TensorScope();
            Tensor matrix = gradients[k].Contiguous().Reshape(weights[k].Size(0), -1);
            double step = rate * RootMeanSquare * Math.Sqrt(Math.Max(matrix.Size(0), matrix.Size(1)));
            weights[k].Add_((Orthogonalize(matrix) * -step).Reshape(weights[k].Shape));
        }
    }
}
