using Rca.Backbones;
using Rca.Data;
using Rca.Training;

namespace Rca.Reporting;

/// <summary>What the networks of a run started from: data and weights, their origin and their licence.</summary>
internal static class StartingPoint
{
    public static SettingsTable Of(FinishedRun run)
    {
        var rows = new List<KeyValuePair<string, string>> { new("data", run.Data.Root), new("train images", TrainImages(run)) };
        if (run.Classification is { Options: var options }) rows.AddRange(Weights("classification", options));
        if (run.Segmentation is { Options: var second })
        {
            if (second.Weights is null && run.Classification is not null) rows.Add(new("segmentation weights", "of the classification network, where it was named; otherwise random"));
            else rows.AddRange(Weights("segmentation", second));
        }
        return new SettingsTable("What it started from", rows);
    }

    private static string TrainImages(FinishedRun run) => TaggedDataset.Fingerprint(run.Data.Of(Split.Train));

    private static IEnumerable<KeyValuePair<string, string>> Weights(string network, TrainingOptions options)
    {
        yield return new($"{network} backbone", options.Backbone);
        yield return new($"{network} weights", options.Weights ?? "random");
        if (options.Weights is not { } weights) yield break;
        KnownWeights? known = Backbone.Known(weights)?.Weights;
        yield return new("origin", known?.Origin ?? "not known; a file of yours");
        yield return new("licence", known?.Licence ?? "not known");
    }
}
