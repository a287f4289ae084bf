using Rca.Torch;

namespace Rca.Runs;

/// <summary>How weights are grouped for the optimiser, in both networks.</summary>
internal static class TrainingGroups
{
    private const string Backbone = "backbone.";

    /// <summary>
    /// Weights outside the backbone learn faster by a factor; biases and normalisation (fewer than two dimensions) do not decay.
    /// </summary>
    public static ParameterGroup[] Of(Module model, TrainingOptions options) =>
    [
        .. model.Parameters()
            .GroupBy(static item => (Head: !item.Name.StartsWith(Backbone, StringComparison.Ordinal), Decays: item.Value.Dimensions > 1))
            .Select(group => new ParameterGroup([.. group],
                options.LearningRate * (group.Key.Head ? options.HeadRateFactor : 1), group.Key.Decays ? options.WeightDecay : 0)),
    ];
}
