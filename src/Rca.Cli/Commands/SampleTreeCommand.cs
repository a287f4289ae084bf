using System.CommandLine;
using Rca.Samples;

namespace Rca.Cli.Commands;

/// <summary><c>sample voc</c> and <c>sample coco</c>: write miniature trees in the layouts of public data sets.</summary>
internal sealed class SampleTreeCommand : RcaCommand
{
    private readonly Option<string> _folder = Common.Folder("--out", "Folder to write; must not exist, or be empty.");
    private readonly Action<string> _write;

    private SampleTreeCommand(Terminal terminal, string name, string of, Action<string> write)
        : base(name, $"Writes {SampleShapes.Pictures} drawn pictures in the layout of {of}, to try commands on.", terminal)
    {
        _write = write;
        Take(_folder);
    }

    public static SampleTreeCommand Voc(Terminal terminal) => new(terminal, "voc", "PASCAL VOC 2012", SampleVoc.Write);

    public static SampleTreeCommand Coco(Terminal terminal) => new(terminal, "coco", "COCO 2014", SampleCoco.Write);

    public override IReadOnlyList<Example> Examples => [new($"sample {Name} --out mini-{Name}", $"Then './rca check mini-{Name}', as with the real tree.")];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string directory = parsed.GetRequiredValue(_folder);
        _write(directory);
        output.Json(new { Directory = directory, SampleShapes.Pictures });
        output.Line($"{SampleShapes.Pictures} pictures in {directory}.");
        output.Line($"Next: ./rca check {directory}");
        return ExitCode.Ok;
    }
}
