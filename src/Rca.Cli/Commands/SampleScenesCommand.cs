using System.CommandLine;
using Rca.Progress;
using Rca.Samples;

namespace Rca.Cli.Commands;

/// <summary><c>sample scenes</c>: writes the sample set.</summary>
internal sealed class SampleScenesCommand : RcaCommand
{
    private static readonly SampleScenesOptions Usual = SampleScenesOptions.FromCache(Common.CacheFolder);

    private readonly Option<string> _folder = Common.Folder("--out", "Folder to write; must not exist, or be empty.");
    private readonly Option<int> _train = Common.Number("--train", "Scenes to learn from.", Usual.Train);
    private readonly Option<int> _val = Common.Number("--val", "New scenes of the objects in train.", Usual.Val);
    private readonly Option<int> _test = Common.Number("--test", "Scenes of objects that no other split shows.", Usual.Test);
    private readonly Option<int> _size = Common.Number("--size", "Width and height of a scene in pixels.", Usual.Size);
    private readonly Option<int> _seed = Common.Number("--seed", "Seed of all choices: the same seed gives the same files.", Usual.Seed);

    public SampleScenesCommand(Terminal terminal)
        : base("scenes", "Writes scenes of cut-out photographs over landscapes, with tags and exact masks.", terminal) =>
        Take(_folder, _train, _val, _test, _size, _seed);

    public override IReadOnlyList<Example> Examples =>
    [
        new("sample scenes --out scenes", "Writes 1,000 scenes to learn from, 200 for val and 200 for test."),
        new("sample scenes --out small --train 100 --val 20 --test 20 --size 96", "Writes a small set for a first try."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var directory = parsed.GetRequiredValue(_folder);
        var options = Usual with
        {
            Train = parsed.GetValue(_train),
            Val = parsed.GetValue(_val),
            Test = parsed.GetValue(_test),
            Size = parsed.GetValue(_size),
            Seed = parsed.GetValue(_seed),
        };
        var result = output.WithProgress(progress => SampleScenes.Write(directory, options, new CountProgress("Writing scenes", progress), cancel));
        output.Json(result);
        output.Line($"{result.Scenes} scenes in {directory}: {result.KnownStamps} objects in train and val, {result.TestStamps} others in test.");
        foreach (var stamp in result.SkippedStamps)
            output.Note($"warning: the stamp {stamp} could not be read and is left out");
        output.Line($"Next: ./rca check {directory}");
        return ExitCode.Ok;
    }
}
