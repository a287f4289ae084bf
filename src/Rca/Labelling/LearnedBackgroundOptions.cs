using Rca.Imaging.Crf;
using Rca.Text;

namespace Rca.Labelling;

/// <summary>Settings of background that is learnt from all pictures (<see cref="PositionClassifier"/>) instead of following from each picture's maps.</summary>
public sealed record LearnedBackgroundOptions
{
    /// <summary>How often a classifier learns from labels and makes the next ones, 1 to 9. The first labels are those of the background formula.</summary>
    public int Rounds { get; init; } = 2;

    /// <summary>Background's probability counts this much, 0.01 to 100: labels so far show too little of the objects.</summary>
    public double Weight { get; init; } = 0.35;

    /// <summary>Pictures that the classifier learns from at most, 1 to 100,000; with more of them only time would grow.</summary>
    public int Pictures { get; init; } = 500;

    /// <summary>The dense CRF that refines the classifier's probabilities. They know more than maps do, so it is weaker than theirs.</summary>
    public DenseCrfOptions Crf { get; init; } = new() { GaussianSxy = 1, BilateralSxy = 67, BilateralSrgb = 3, BilateralWeight = 4 };

    internal void Check(RangeCheck ranges)
    {
        ranges.Within("background rounds", Rounds, 1, 9);
        ranges.BackgroundWeight(Weight);
        ranges.Within("background pictures", Pictures, 1, 100_000);
        ranges.Within(Crf);
    }
}
