using Rca.Backbones;
using Rca.Classification;
using Rca.Labelling;
using Rca.Segmentation;
using Rca.Text;

namespace Rca.Pipelines;

/// <summary>Settings of all stages.</summary>
/// <param name="Classification">The classification network.</param>
/// <param name="Labelling">The pseudo labels.</param>
/// <param name="Segmentation">The segmentation network.</param>
/// <param name="Prediction">Prediction with it.</param>
public record PipelineOptions(
    ClassificationOptions Classification, LabellingOptions Labelling, SegmentationOptions Segmentation, PredictionOptions Prediction)
{
    /// <summary>
    /// The usual settings for photographs, in numbers that suit one to a few thousand of them; <see cref="Planner"/> scales them for others and for
    /// less time.
    /// </summary>
    /// <param name="weights">Public weights, by name or as a file that has its public name; null starts from nothing.</param>
    /// <exception cref="RcaException">Which backbone the weights are made for is not known.</exception>
    public static PipelineOptions Usual(string? weights)
    {
        if (weights is null) return new(new ClassificationOptions(), new LabellingOptions { Scales = [1, 1.5] }, new SegmentationOptions(), new PredictionOptions());
        if (Backbone.For(weights) is null)
        {
            throw new RcaException(
                $"Which backbone the weights '{weights}' are made for is not known. Known are {string.Join(", ", Backbone.All.SelectMany(static known => known.Weights).Select(static item => item.Name))}, "
                + "and files that begin with one of these names. './rca train' takes any file, with --backbone.");
        }
        ClassificationOptions classification = new ClassificationOptions().FromWeights(weights);
        return new(
            classification, new LabellingOptions().FromWeights(),
            new SegmentationOptions().AfterWeights(classification),
            new PredictionOptions());
    }

    /// <summary>
    /// Number of refinements, 0 to 9: each labels the train pictures with the segmentation network, under their tags, and trains another network on
    /// the result.
    /// </summary>
    public int Refinements { get; init; }

    /// <summary>These settings with the same seed for all networks.</summary>
    public PipelineOptions WithSeed(int seed) => this with { Classification = Classification with { Seed = seed }, Segmentation = Segmentation with { Seed = seed } };

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="RcaException">Lists every value of a stage that is out of range.</exception>
    public void Validate()
    {
        var ranges = new RangeCheck();
        ranges.Within("refinements", Refinements, 0, 9);
        ranges.ThrowIfAny("The settings cannot be used");
        Classification.Validate();
        Labelling.Validate();
        Segmentation.Validate();
        Prediction.Validate();
    }
}
