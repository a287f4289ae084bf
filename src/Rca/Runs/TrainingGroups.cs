using Rca.Torch;

namespace Rca.Runs;

/// <summary>How weights are grouped for the optimiser, in both networks.</summary>
internal static class TrainingGroups
{
    /// <summary>
    /// Stochastic gradient descent with Nesterov momentum 0.9. Weights outside the backbone learn faster by a factor;
    /// biases and normalisation (fewer than two dimensions) do not decay.
    /// </summary>
    public static Sgd Sgd(Module model, double rate, double headFactor, double decay)
    {
        const string prefix = "backbone.";
        var groups = model.Parameters()
            .GroupBy(static item => (Head: !item.Name.StartsWith(prefix, StringComparison.Ordinal), Decays: item.Value.Dimensions > 1))
            .Select(group => new ParameterGroup([.. group], group.Key.Head ? rate * headFactor : rate, group.Key.Decays ? decay : 0));
        return new Sgd([.. groups]);
    }
}
