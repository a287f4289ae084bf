using System.CommandLine;
using Rca.Data;
using Rca.Progress;

namespace Rca.Cli.Commands;

/// <summary><c>masks</c>: writes the true masks of a data set as files.</summary>
internal sealed class MasksCommand : RcaCommand
{
    private readonly DataInput _data = new();
    private readonly Option<string> _target = Common.Folder("--out", "Folder for the masks: palette PNGs named like the pictures, 255 = ignore.");
    private readonly Option<Split?> _split = new("--split") { Description = "Write only this part of DATA.", HelpName = "train|val|test" };

    public MasksCommand(Terminal terminal)
        : base("masks", "Writes the true masks of a data set as files, drawn from its annotations where it has these.", terminal)
    {
        Arguments.Add(_data.Folder);
        Take(_target, _split);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("masks coco --split train --out coco-masks", "Masks to look at, or for 'segment --labels' to learn from."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var dataset = _data.Load(parsed, output);
        string to = parsed.GetRequiredValue(_target);
        Common.RequireSeparate([("--out", to)], [.. dataset.Parts.Select(part => Path.Combine(dataset.Root, part.Name))]);
        var images = parsed.GetValue(_split) is { } part ? dataset.Of(part) : dataset.Images;
        var result = output.WithProgress(progress => TrueMasks.Write(images, to, new CountProgress("Writing masks", progress), cancel));
        Common.NoteUnreadable(result.Unreadable, output);
        if (result.Masks == 0)
            throw new RcaException($"{dataset.Root} has no readable true mask for the {images.Count} pictures.");
        output.Json(new { result.Masks, result.Unreadable, Folder = to });
        output.Line($"{result.Masks} masks in {to}.");
        return ExitCode.Ok;
    }
}
