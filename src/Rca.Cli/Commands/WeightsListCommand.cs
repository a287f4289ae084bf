using System.CommandLine;
using Rca.Backbones;
using Rca.Weights;

namespace Rca.Cli.Commands;

/// <summary><c>weights list</c>: public weights by name.</summary>
internal sealed class WeightsListCommand(Terminal terminal) : RcaCommand("list", "Lists public ImageNet weights: those of the set-up, those that can be pulled, and which are here.", terminal)
{
    public override IReadOnlyList<Example> Examples =>
    [
        new("weights list", "Names, files, sizes, and whether the file is in the cache."),
        new("weights list --json", "The same for a program, with the full SHA-256."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var found = PublicWeightFile.All.Select(static weights => (weights, Path: Path.Combine(PublicWeightFile.CacheFolder, weights.FileName))).ToList();
        output.Json(new
        {
            Packaged = new { PackagedWeights.Name, PackagedWeights.Package, PackagedWeights.Present },
            Cache = PublicWeightFile.CacheFolder,
            PublicWeightFile.Source,
            Weights = found.Select(static item => new { item.weights.Name, item.weights.FileName, item.weights.Megabytes, item.weights.Sha256, Pulled = File.Exists(item.Path) }),
        });
        output.Table(
            ["name", "file", "MiB", "here"],
            [[PackagedWeights.Name, PackagedWeights.Package, $"{PackagedWeights.Megabytes}", PackagedWeights.Present ? "yes, with the set-up" : "no"], .. found.Select(static item => (string[])[item.weights.Name, item.weights.FileName, $"{item.weights.Megabytes}", File.Exists(item.Path) ? "yes" : "no"])]);
        output.Line($"\n{PackagedWeights.Name} comes with the set-up; the others from {PublicWeightFile.Source}, kept in {PublicWeightFile.CacheFolder}.");
        return ExitCode.Ok;
    }
}
