namespace Rca.Torch;

/// <summary>Stochastic gradient descent with Nesterov momentum, as PyTorch defines it.</summary>
public sealed class Sgd : Optimizer
{
    private readonly double _momentum;
    private readonly bool _nesterov;
    private readonly Tensor[][] _velocity;

    /// <summary>Makes the optimiser.</summary>
    public Sgd(IReadOnlyList<ParameterGroup> groups, double momentum = 0.9, bool nesterov = true) : base(groups) =>
        (_momentum, _nesterov, _velocity) = (momentum, nesterov, ZerosLike(groups));

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Value)> State()
    {
        for (int i = 0; i < Groups.Count; i++)
            for (int k = 0; k < Groups[i].Parameters.Count; k++)
                yield return ($"{Groups[i].Parameters[k].Name}.velocity", _velocity[i][k]);
    }

    /// <inheritdoc/>
    protected override void Update(int group, IReadOnlyList<int> indices, Tensor[] gradients, double rate)
    {
        Tensor[] weights = Weights(group, indices), v = Pick(indices, _velocity[group]);
        double decay = Groups[group].WeightDecay;
        // g ← g + λθ;  v ← μv + g;  θ ← θ - η(g + μv) with Nesterov, θ - ηv without. Zero is the right first v: μ·0 + g = g.
        if (decay != 0) Operators.ForeachAdd.Run(gradients, weights, decay);
        Operators.ForeachMultiply.Run(v, _momentum);
        Operators.ForeachAdd.Run(v, gradients, 1);
        if (_nesterov) Operators.ForeachAdd.Run(gradients, v, _momentum);
        Operators.ForeachAdd.Run(weights, _nesterov ? gradients : v, -rate);
    }
}
