namespace Rca.Reporting;

/// <summary>
/// The report of any run, finished or not: one page to look at, and the figures of each picture as CSV beside it. Page and pictures on it are
/// bounded in number and size, whatever the data set.
/// </summary>
public static class RunReport
{
    /// <summary>Names of the files in the run's folder.</summary>
    public const string PageName = "report.html", LabelsName = "labels.csv", PredictionsName = "predictions.csv";

    /// <summary>Writes the page and the CSV files for whatever the run has made; each file complete or not at all.</summary>
    /// <param name="folder">An existing folder, preferably not one that holds masks.</param>
    /// <param name="run">What the run made.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    /// <returns>Where the page is.</returns>
    /// <exception cref="RcaException">A file cannot be written.</exception>
    public static string Write(string folder, FinishedRun run, CancellationToken cancellation = default)
    {
        if (run.Labels is { Result.Outcomes: { Count: > 0 } labelled })
            OutcomeFile.Write(Path.Combine(folder, LabelsName), labelled.Select(static outcome => (outcome.Image.Split.ToString().ToLowerInvariant(), outcome)), run.Data.Classes);
        if (run.Predictions.Any(static part => part.Result.Outcomes.Count > 0))
            OutcomeFile.Write(Path.Combine(folder, PredictionsName), run.Predictions.SelectMany(static part => part.Result.Outcomes.Select(outcome => (part.Name, outcome))), run.Data.Classes);
        string page = Path.Combine(folder, PageName);
        ReportWriter.Write(page, Content(run, cancellation));
        return page;
    }

    /// <summary>What the page says.</summary>
    /// <param name="run">What the run made.</param>
    /// <param name="cancellation">Stops between pictures.</param>
    public static ReportContent Content(FinishedRun run, CancellationToken cancellation = default)
    {
        RunFigures figures = FigureGathering.Of(run);
        return new ReportContent
        {
            Title = run.Title,
            Outcome = OutcomeText.Of(run, figures),
            Made = run.Made,
            Classes = run.Data.Classes,
            Headlines = [.. OutcomeText.Headlines(run, figures)],
            Advice = RunAdvice.Of(figures),
            Examples = run.Examples,
            Galleries = [.. new GalleryBuilder(run).Build(cancellation)],
            ClassFigures = figures.Classes,
            Scores = [.. Scores(run)],
            Charts = TrainingCharts.Of(run.Classification?.Run, run.Segmentation?.Run),
            Times = run.Times,
            Settings = [StartingPoint.Of(run), .. run.Settings, .. Settings(run)],
            CommandLine = run.CommandLine,
        };
    }

    private static IEnumerable<MaskScores> Scores(FinishedRun run)
    {
        if (run.Labels?.Result.Maps is { } maps) yield return new MaskScores("Maps", maps);
        if (run.Labels?.Result.Labels is { } labels) yield return new MaskScores("Pseudo labels", labels);
        if (run.Refined?.Result.Evaluation is { } refined) yield return new MaskScores("Refined labels", refined);
        foreach (MadePredictions part in run.Predictions)
            if (part.Result.Evaluation is { } report) yield return new MaskScores($"Predictions, {part.Name}", report);
    }

    private static IEnumerable<SettingsTable> Settings(FinishedRun run)
    {
        if (run.Classification is { } classification) yield return SettingsTable.Of("Classification", classification.Options);
        if (run.Labels is { } labels) yield return SettingsTable.Of("Labelling", labels.Options);
        if (run.Segmentation is { } segmentation) yield return SettingsTable.Of("Segmentation", segmentation.Options);
        if (run.Predictions.Count > 0) yield return SettingsTable.Of("Prediction", run.Predictions[0].Options);
    }
}
