using Rca.Imaging.Crf;
using Rca.Text;

namespace Rca.Labelling;

/// <summary>Settings of pseudo labels.</summary>
public sealed record LabellingOptions
{
    /// <summary>Scales at which the network looks at a picture, 0.1 to 4 each.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [0.5, 1, 1.5, 2];

    /// <summary>Also looks at the mirrored picture.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>From which of the network's maps pseudo labels are made. Without aggregation both are the same.</summary>
    public MapKind Maps { get; init; } = MapKind.Final;

    /// <summary>
    /// Power of the similarity with which positions that look alike share their maps, up to 100; a higher power shares less. 0 leaves the maps unchanged.
    /// </summary>
    public double AffinityPower { get; init; }

    /// <summary>Stages of the backbone whose features are compared, counted from 1.</summary>
    public IReadOnlyList<int> AffinityStages { get; init; } = [2, 3];

    /// <summary>Exponent of the background score (1 - max)^α, 0.1 to 100: higher makes less background.</summary>
    public double Alpha { get; init; } = 4;

    /// <summary>How background is learnt from all pictures together; null takes the formula with α.</summary>
    public LearnedBackgroundOptions? Background { get; init; }

    /// <summary>The dense CRF that refines the scores, or null for none.</summary>
    public DenseCrfOptions? Crf { get; init; } = new();

    /// <summary>What to do with a picture whose saliency map is missing or unreadable, where a saliency folder is given.</summary>
    public MissingSaliency MissingSaliency { get; init; } = MissingSaliency.Formula;

    /// <summary>These settings for photographs and a network that started from public weights, whose features show which positions look alike.</summary>
    public LabellingOptions FromWeights() => this with { Scales = [1, 1.5], AffinityPower = 8, Crf = new() { BilateralWeight = 5 }, Background = new() };

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="RcaException">Lists every value out of range.</exception>
    public void Validate()
    {
        var ranges = new RangeCheck();
        ranges.Within("number of scales", Scales.Count, 1, 20);
        foreach (double scale in Scales) ranges.Within("scale", scale, 0.1, 4);
        ranges.Within("affinity power", AffinityPower, 0, 100);
        ranges.Within("number of affinity stages", AffinityStages.Count, 1, 20);
        foreach (int stage in AffinityStages) ranges.Within("affinity stage", stage, 1, 20);
        ranges.Within("alpha", Alpha, 0.1, 100);
        if (Crf is not null) ranges.Within(Crf);
        Background?.Check(ranges);
        if (Background is not null && Maps == MapKind.Accumulated) ranges.Refuse("background is learnt from the network's own maps; expected maps=final or background=null");
        ranges.ThrowIfAny("The labelling settings cannot be used");
    }
}
