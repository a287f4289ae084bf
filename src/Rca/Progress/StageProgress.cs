namespace Rca.Progress;

/// <summary>The progress of a long piece of work.</summary>
/// <param name="Stage">What is being done, in words for a person, for example "training"; another name starts another bar.</param>
/// <param name="Done">Units finished, 0 to <paramref name="Total"/>.</param>
/// <param name="Total">Units in all; 0 where that is not known.</param>
/// <param name="Detail">A figure worth watching, for example "loss 0.41".</param>
public sealed record StageProgress(string Stage, long Done, long Total, string? Detail = null)
{
    /// <summary>Where the work is one stage of several: the share of all of them that is done, 0 to 1, by the time that they take; else null.</summary>
    public double? Whole { get; init; }
}
