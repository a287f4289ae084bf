namespace Rca.Torch;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch defines it.</summary>
public sealed class AdamW : Optimizer
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly Tensor[][] _first, _second;
    private readonly Tensor[] _steps; // of each weight: one that joins the loss later starts its own count

    /// <summary>Makes the optimiser.</summary>
    public AdamW(IReadOnlyList<ParameterGroup> groups) : base(groups)
    {
        (_first, _second) = (ZerosLike(groups), ZerosLike(groups));
        _steps = [.. groups.Select(static group => Tensor.Zeros([group.Parameters.Count], DType.Float64).Escape())];
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State()
    {
        for (int i = 0; i < Groups.Count; i++)
        {
            yield return ($"group{i}.steps", _steps[i]);
            for (int k = 0; k < Groups[i].Parameters.Count; k++)
            {
                yield return ($"{Groups[i].Parameters[k].Name}.first_moment", _first[i][k]);
                yield return ($"{Groups[i].Parameters[k].Name}.second_moment", _second[i][k]);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Update(int group, IReadOnlyList<int> indices, Tensor[] gradients, double rate)
    {
        double[] steps = _steps[group].ToArray<double>();
        foreach (var together in Enumerable.Range(0, indices.Count).ToLookup(i => steps[indices[i]]))
        {
            int[] chosen = [.. together.Select(i => indices[i])];
            Update(group, chosen, [.. together.Select(i => gradients[i])], rate, together.Key + 1);
            foreach (int k in chosen) steps[k]++;
        }
        _steps[group].Copy_(Tensor.From(steps, steps.Length));
    }

    /// <summary>Changes weights whose t-th step this is.</summary>
    private void Update(int group, int[] indices, Tensor[] gradients, double rate, double t)
    {
        Tensor[] weights = Weights(group, indices), m = Pick(indices, _first[group]), v = Pick(indices, _second[group]);
        // θ ← θ - ηλθ;  m ← β₁m + (1-β₁)g;  v ← β₂v + (1-β₂)g²;  θ ← θ - η/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε)
        Operators.ForeachMultiply.Run(weights, 1 - rate * Groups[group].WeightDecay);
        Operators.ForeachMultiply.Run(m, Beta1);
        Operators.ForeachAdd.Run(m, gradients, 1 - Beta1);
        Operators.ForeachMultiply.Run(v, Beta2);
        Operators.ForeachAddProduct.Run(v, gradients, gradients, 1 - Beta2);
        Tensor[] denominator = Operators.ForeachSqrt.CallList([v]);
        Operators.ForeachDivide.Run(denominator, Math.Sqrt(1 - Math.Pow(Beta2, t)));
        Operators.ForeachAddScalar.Run(denominator, Epsilon);
        Operators.ForeachAddQuotient.Run(weights, m, denominator, -rate / (1 - Math.Pow(Beta1, t)));
    }
}
