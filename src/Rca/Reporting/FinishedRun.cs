using Rca.Classification;
using Rca.Data;
using Rca.Labelling;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Reporting;

/// <summary>What a run has made so far, for <see cref="RunReport"/>. What is null or empty was not made.</summary>
public sealed record FinishedRun
{
    /// <summary>The heading of the page, for example the data set's name.</summary>
    public required string Title { get; init; }

    /// <summary>The data set that the run learnt from.</summary>
    public required TaggedDataset Data { get; init; }

    /// <summary>When the report is made.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>The classification network.</summary>
    public TrainedNetwork<ClassificationOptions>? Classification { get; init; }

    /// <summary>The pseudo labels.</summary>
    public MadeLabels? Labels { get; init; }

    /// <summary>The segmentation network.</summary>
    public TrainedNetwork<SegmentationOptions>? Segmentation { get; init; }

    /// <summary>
    /// The refined pseudo labels, or null; with them <see cref="Segmentation"/> is the next one, which
    /// learnt from these.
    /// </summary>
    public MadePredictions? Refined { get; init; }

    /// <summary>What it predicted, part by part: val, test, pictures without tags.</summary>
    public IReadOnlyList<MadePredictions> Predictions { get; init; } = [];

    /// <summary>All that segmentation networks made: the predictions, and the refined labels where there are any.</summary>
    internal IEnumerable<MadePredictions> PredictionsAndRefined => Refined is null ? Predictions : Predictions.Append(Refined);

    /// <summary>Pictures with all that was made of them, from <see cref="ExampleBuilder"/>.</summary>
    public IReadOnlyList<Example> Examples { get; init; } = [];

    /// <summary>How long each stage took, in order.</summary>
    public IReadOnlyList<StageTime> Times { get; init; } = [];

    /// <summary>Tables to show before those of the stages' settings, for example versions.</summary>
    public IReadOnlyList<SettingsTable> Settings { get; init; } = [];

    /// <summary>The command that made the run, or null.</summary>
    public string? CommandLine { get; init; }
}

/// <summary>A trained network.</summary>
/// <typeparam name="TOptions">Its settings.</typeparam>
/// <param name="Run">Its run folder, for the curves.</param>
/// <param name="Options">Its settings.</param>
public sealed record TrainedNetwork<TOptions>(RunFolder Run, TOptions Options)
    where TOptions : TrainingOptions;

/// <summary>Pseudo labels.</summary>
/// <param name="Folder">Where the label maps are.</param>
/// <param name="Options">How they were made.</param>
/// <param name="Result">The outcomes of the pictures.</param>
public sealed record MadeLabels(string Folder, LabellingOptions Options, LabellingResult Result);

/// <summary>Predictions of one part of the pictures.</summary>
/// <param name="Name">The part in a word or two, for example "val" or "untagged".</param>
/// <param name="Folder">Where the masks are.</param>
/// <param name="Options">How they were made.</param>
/// <param name="Result">The outcomes of the pictures.</param>
public sealed record MadePredictions(string Name, string Folder, PredictionOptions Options, PredictionResult Result)
{
    /// <summary>What kind of pictures these are, in a sentence; or null.</summary>
    public string? Explanation { get; init; }
}
