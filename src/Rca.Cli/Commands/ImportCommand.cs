using System.CommandLine;
using Rca.Classification;
using Rca.Training;

namespace Rca.Cli.Commands;

/// <summary><c>import</c>: a run folder from a checkpoint of the public RCA code.</summary>
internal sealed class ImportCommand : RcaCommand
{
    private readonly Argument<string> _file = Common.WeightFile();
    private readonly Option<string> _run = Common.Folder("--out", "Run folder to make.");
    private readonly Option<string?> _classes = new("--classes")
    {
        Description = "File with one class name a line, in the order of training. [default: those of PASCAL VOC for 20 classes, of COCO for 80]", HelpName = "FILE",
    };

    public ImportCommand(Terminal terminal)
        : base("import", "Makes a run folder of a checkpoint of the public RCA code, to label with.", terminal)
    {
        Arguments.Add(_file);
        Take(_run, _classes);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("import voc_cls_29.pth --out runs/published", "Then './rca label runs/published VOCdevkit/VOC2012 --out labels'."),
        new("import mine.pth --classes names.txt --out runs/mine", "A network for other classes."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        string file = parsed.GetRequiredValue(_file);
        var run = new RunFolder(parsed.GetRequiredValue(_run));
        var classes = ReleasedCheckpoint.Import(file, parsed.GetValue(_classes), run);
        output.Json(new { Run = run.Path, Classes = classes });
        output.Line($"A network for {classes.Count} classes in {run.Path}.");
        output.Line($"Next: ./rca label {run.Path} DATA --out labels");
        return ExitCode.Ok;
    }
}
