using System.Globalization;
using Rca.Evaluation;

namespace Rca.Reporting;

/// <summary>What the report of a run says. Parts that are empty are left out of the page.</summary>
public sealed record ReportContent
{
    /// <summary>The heading, for example the data set's name.</summary>
    public required string Title { get; init; }

    /// <summary>The outcome of the run in about three sentences.</summary>
    public required string Outcome { get; init; }

    /// <summary>When the report was made; it is part of the content, so that the same content gives the same file.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>Class names in order; class c has label c + 1.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The figures to see first.</summary>
    public IReadOnlyList<Headline> Headlines { get; init; } = [];

    /// <summary>Pictures with all that was made of them.</summary>
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>What to do next, the most urgent first.</summary>
    public IReadOnlyList<Advice> Advice { get; init; } = [];

    /// <summary>More pictures, each group for a reason.</summary>
    public IReadOnlyList<Gallery> Galleries { get; init; } = [];

    /// <summary>Figures of each class that need no truth, in order; empty to leave them out.</summary>
    public IReadOnlyList<ClassFigures> ClassFigures { get; init; } = [];

    /// <summary>Further columns of the table of classes: comparisons with true masks.</summary>
    public IReadOnlyList<MaskScores> Scores { get; init; } = [];

    /// <summary>Curves over the epochs.</summary>
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    /// <summary>How long each stage took, in order.</summary>
    public IReadOnlyList<StageTime> Times { get; init; } = [];

    /// <summary>Settings, versions and whatever else is needed to repeat the run.</summary>
    public IReadOnlyList<SettingsTable> Settings { get; init; } = [];

    /// <summary>The command that made the run, or null.</summary>
    public string? CommandLine { get; init; }
}

/// <summary>A figure to see first.</summary>
/// <param name="Name">What it is, for example "Pseudo labels, mIoU".</param>
/// <param name="Value">The figure as text.</param>
/// <param name="Explanation">How to read it, in a sentence.</param>
public sealed record Headline(string Name, string Value, string Explanation)
{
    /// <summary>A figure between 0 and 1 with two decimals, or a dash where there is none.</summary>
    public Headline(string name, double? value, string explanation)
        : this(name, value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–", explanation)
    {
    }
}

/// <summary>Pictures that are shown for a reason, smaller than the examples.</summary>
/// <param name="Title">The reason.</param>
/// <param name="Note">How to read them.</param>
/// <param name="Examples">The pictures.</param>
public sealed record Gallery(string Title, string Note, IReadOnlyList<Example> Examples);

/// <summary>A column of the table of classes.</summary>
/// <param name="Name">What was judged, for example "Pseudo labels".</param>
/// <param name="Report">Its figures.</param>
public sealed record MaskScores(string Name, EvaluationReport Report);

/// <summary>How long a stage took.</summary>
/// <param name="Name">The stage.</param>
/// <param name="Seconds">0 or more.</param>
public sealed record StageTime(string Name, double Seconds);
