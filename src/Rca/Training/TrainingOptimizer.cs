using Rca.Torch;

namespace Rca.Training;

/// <summary>Which optimiser changes which weights, in both networks.</summary>
internal static class TrainingOptimizer
{
    private const string Backbone = "backbone.";

    /// <summary>
    /// AdamW, with orthogonal steps for convolutions of the backbone where <see cref="TrainingOptions.MatrixRate"/> is above 0; or SGD. Weights
    /// outside the backbone learn faster by a factor, biases and normalisation (fewer than two dimensions) by another.
    /// </summary>
    public static OptimizerSet Of(Module model, TrainingOptions options)
    {
        var groups = model.Parameters().ToLookup(static item => (Head: !item.Name.StartsWith(Backbone, StringComparison.Ordinal), Matrix: item.Value.Dimensions > 1));
        if (options.Optimizer != OptimizerKind.Adamw)
            return new OptimizerSet(new Sgd([.. groups.Select(group => Group(group, options.WeightDecay))], nesterov: options.Optimizer == OptimizerKind.Nesterov));
        var matrices = options.MatrixRate > 0 ? groups[(false, true)] : [];
        var others = groups.Where(group => options.MatrixRate == 0 || group.Key != (false, true));
        return new OptimizerSet(
            new Muon([new ParameterGroup([.. matrices], options.MatrixRate, options.WeightDecay)]),
            new AdamW([.. others.Select(group => Group(group, group.Key.Matrix ? options.WeightDecay : 0))]));

        ParameterGroup Group(IGrouping<(bool Head, bool Matrix), (string, Tensor)> weights, double decay) => new(
            [.. weights], options.LearningRate * (weights.Key.Head ? options.HeadRateFactor : 1) * (weights.Key.Matrix ? 1 : options.BiasRateFactor), decay);
    }
}
