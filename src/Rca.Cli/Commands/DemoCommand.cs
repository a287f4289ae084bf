using System.CommandLine;
using Rca.Computing;
using Rca.Pipelines;
using Rca.Presets;
using Rca.Samples;

namespace Rca.Cli.Commands;

/// <summary><c>demo</c>: all stages on the sample scenes.</summary>
internal sealed class DemoCommand : RcaCommand
{
    private readonly Option<string> _folder = new("--out") { Description = "Folder for everything.", HelpName = "DIR", DefaultValueFactory = _ => Path.Combine("runs", "demo") };
    private readonly Option<int> _seed = Common.Number("--seed", "Seed of all choices.", 0);
    private readonly Option<string> _device = Common.Device();

    public DemoCommand(Terminal terminal)
        : base("demo", "Makes tagged scenes, turns their tags into masks, trains a network on these, and reports.", terminal) =>
        Take(_folder, _seed, _device);

    public override IReadOnlyList<Example> Examples =>
    [
        new("demo", "Everything into runs/demo, with report.html to look at."),
        new("demo --out runs/other --seed 1", "Other scenes, another start."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string to = parsed.GetRequiredValue(_folder);
        int start = parsed.GetValue(_seed);
        var compute = new Compute(parsed.GetRequiredValue(_device));
        PipelineOptions options = Preset.Named("scenes-demo").WithSeed(start);
        string typed = "./rca " + string.Join(' ', parsed.Tokens.Select(static token => token.Value));
        var (summary, report) = output.WithProgress(progress =>
        {
            var scenes = SampleScenesOptions.FromCache(Common.CacheFolder) with { Seed = start };
            return new DemoRun(to, scenes, options, compute, TimeProvider.System).Run(typed, progress, cancel);
        });
        output.Json(summary);
        output.Line($"From tags alone: masks of the train pictures at mean IoU {Common.Percent(summary.PseudoLabelMiou)} (before the CRF {Common.Percent(summary.MapsMiou)}); "
            + $"the network trained on them reaches {Common.Percent(summary.SegmentationValMiou)} on new scenes and {Common.Percent(summary.SegmentationTestMiou)} on objects it never saw.");
        output.Line($"It took {Common.Duration(summary.Seconds.Values.Sum())}; pictures, curves and figures are in {report}.");
        output.Line("Next: put pictures into photos/images and their tags into photos/tags.csv, then './rca check photos'.");
        return ExitCode.Ok;
    }
}
