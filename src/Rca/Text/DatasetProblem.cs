namespace Rca.Text;

/// <summary>Something in a data set that a person should know.</summary>
/// <param name="Kind">Groups problems of one kind, for example "missing picture".</param>
/// <param name="Message">What was found, what was expected, what to do.</param>
/// <param name="Fatal">True where training could not start.</param>
public sealed record DatasetProblem(string Kind, string Message, bool Fatal = false)
{
    /// <summary>How many there are of what the message says: 1, or more where it sums up the rest of a kind.</summary>
    public int Count { get; init; } = 1;
}
