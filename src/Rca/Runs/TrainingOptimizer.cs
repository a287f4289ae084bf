using Rca.Torch;

namespace Rca.Runs;

/// <summary>Which optimiser changes which weights, in both networks.</summary>
internal static class TrainingOptimizer
{
    private const string Backbone = "backbone.";

    /// <summary>
    /// Convolutions of the backbone learn by orthogonal steps where <see cref="TrainingOptions.MatrixRate"/> is above 0, everything else by AdamW.
    /// Weights outside the backbone learn faster by a factor; biases and normalisation (fewer than two dimensions) do not decay.
    /// </summary>
    public static OptimizerSet Of(Module model, TrainingOptions options)
    {
        var groups = model.Parameters().ToLookup(static item => (Head: !item.Name.StartsWith(Backbone, StringComparison.Ordinal), Decays: item.Value.Dimensions > 1));
        var matrices = options.MatrixRate > 0 ? groups[(false, true)] : [];
        var others = groups.Where(group => options.MatrixRate == 0 || group.Key != (false, true));
        return new OptimizerSet(
            new Muon([new ParameterGroup([.. matrices], options.MatrixRate, options.WeightDecay)]),
            new AdamW([.. others.Select(group => new ParameterGroup([.. group],
                options.LearningRate * (group.Key.Head ? options.HeadRateFactor : 1), group.Key.Decays ? options.WeightDecay : 0))]));
    }
}
