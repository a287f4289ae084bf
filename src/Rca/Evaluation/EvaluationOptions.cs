namespace Rca.Evaluation;

/// <summary>What to do with a pixel that the truth labels and the prediction leaves as ignore (255).</summary>
public enum IgnoredPrediction
{
    /// <summary>It counts as a miss of its true label: a prediction cannot gain by leaving pixels undecided.</summary>
    CountAsWrong,

    /// <summary>It is left out, as some published evaluations of pseudo labels do. The figure then describes the labelled pixels only.</summary>
    LeaveOut,
}

/// <summary>How masks are compared. Pixels that the <em>truth</em> ignores never count.</summary>
public sealed record EvaluationOptions
{
    /// <summary>What to do with pixels that the prediction ignores. Default: count them as wrong.</summary>
    public IgnoredPrediction IgnoredPrediction { get; init; } = IgnoredPrediction.CountAsWrong;

    /// <summary>
    /// Pixels at most this far (in rows and columns) from a pixel with another true label do not count, 0 to 100; a border of
    /// the ignored area is a border too. Default 0: every pixel counts.
    /// </summary>
    public int BoundaryBand { get; init; }

    /// <summary>Throws where a value is out of range.</summary>
    /// <exception cref="RcaException">The band is not 0 to 100.</exception>
    public void Validate()
    {
        if (BoundaryBand is < 0 or > 100)
            throw new RcaException($"The boundary band is {BoundaryBand} pixels; expected 0 (none) to 100.");
    }
}
