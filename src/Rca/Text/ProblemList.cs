namespace Rca.Text;

/// <summary>Gathers problems; of each kind it keeps the first and counts the rest, so that a broken data set of a million rows stays readable.</summary>
internal sealed class ProblemList
{
    /// <summary>Problems of one kind that are kept in words.</summary>
    public const int KeptPerKind = 20;

    private readonly Dictionary<string, List<DatasetProblem>> _kept = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _more = new(StringComparer.Ordinal);

    public void Add(string kind, string message, bool fatal = false) => Add(new DatasetProblem(kind, message, fatal));

    public void Add(DatasetProblem problem)
    {
        problem = problem with { Message = Printable(problem.Message) };
        if (!_kept.TryGetValue(problem.Kind, out var kept))
            _kept[problem.Kind] = kept = [];
        if (kept.Count < KeptPerKind || (problem.Fatal && !kept.Exists(known => known.Fatal)))
            kept.Add(problem);
        else
            _more[problem.Kind] = _more.GetValueOrDefault(problem.Kind) + 1;
    }

    public void AddRange(IEnumerable<DatasetProblem> problems)
    {
        foreach (var problem in problems)
            Add(problem);
    }

    /// <summary>Names and tags come from outside: no control character reaches a terminal, and no message grows without bound.</summary>
    private static string Printable(string message)
    {
        const int Start = 600, Rest = 300;
        if (message.Length > Start + Rest)
            message = $"{message[..Start]} ... {message[^Rest..]}";
        return message.Any(char.IsControl) ? string.Concat(message.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : message;
    }

    /// <summary>The problems by kind, fatal kinds first; a kind with more than was kept ends with their number.</summary>
    public IReadOnlyList<DatasetProblem> ToList() =>
    [
        .. from kind in _kept
           orderby kind.Value.Exists(problem => problem.Fatal) descending
           from problem in _more.TryGetValue(kind.Key, out var more)
               ? kind.Value.Append(new DatasetProblem(kind.Key, $"... and {more} more of this kind.") { Count = more })
               : kind.Value
           select problem,
    ];
}
