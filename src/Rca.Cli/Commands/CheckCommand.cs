using System.CommandLine;
using Rca.Data.Loading;
using Rca.Progress;

namespace Rca.Cli.Commands;

/// <summary><c>check</c>: reads a data set and says what is in it and what is wrong with it.</summary>
internal sealed class CheckCommand : RcaCommand
{
    private readonly DataInput _data = new();

    public CheckCommand(Terminal terminal)
        : base("check", "Reads a data set: classes, counts, sizes, and everything that looks wrong.", terminal)
    {
        Arguments.Add(_data.Folder);
        Take(_data.Options);
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("check scenes", "Exit code 0 where training could start, 1 where it could not."),
        new("check scenes --json", "The same for a program."),
        new("check VOCdevkit/VOC2012 --split-list train_aug", "PASCAL VOC 2012 with the longer list of SBD."),
    ];

    protected override int Run(ParseResult parsed, Output output, CancellationToken cancel)
    {
        var folder = parsed.GetRequiredValue(_data.Folder);
        var report = output.WithProgress(progress => DatasetCheck.Run(folder, _data.Choices(parsed), new CountProgress("Checking", progress), cancel));
        output.Json(new { report.CanTrain, report.Root, report.Layout, report.Parts, report.Splits, report.Classes, report.Sizes, report.Problems });
        Show(report, output);
        return report.CanTrain ? ExitCode.Ok : ExitCode.BadInput;
    }

    private static void Show(DatasetReport report, Output output)
    {
        if (report.Parts.Count > 0)
        {
            output.Line($"{report.Root} has {DatasetReader.Described(report.Layout)}:");
            var (name, content) = (report.Parts.Max(part => part.Name.Length), report.Parts.Max(part => part.Content.Length));
            foreach (var part in report.Parts)
                output.Line($"  {part.Name.PadRight(name)}  {part.Content.PadRight(content)}  {part.Use}");
            output.Line();
        }
        output.Table(
            ["split", "images", "without tags", "with mask"],
            [.. report.Splits.Select(split => (string[])[$"{split.Split}".ToLowerInvariant(), $"{split.Images}", $"{split.WithoutTags}", $"{split.WithMask}"])]);
        output.Line();
        output.Table(
            ["class", "train", "val", "test"],
            [.. report.Classes.Select(c => (string[])[c.Name, $"{c.Train}", $"{c.Val}", $"{c.Test}"])]);
        if (report.Sizes is { } sizes)
            output.Line($"\nPictures are {Range(sizes.MinWidth, sizes.MaxWidth)} wide and {Range(sizes.MinHeight, sizes.MaxHeight)} high.");
        foreach (var kind in report.Problems.GroupBy(problem => problem.Kind))
        {
            output.Line($"\n{kind.Key}:");
            foreach (var problem in kind)
                output.Line($"  {(problem.Fatal ? "error: " : "")}{problem.Message}");
        }
        output.Line();
        output.Line(report.CanTrain ? "Training can start." : "Training cannot start: mend what is marked as an error.");
    }

    private static string Range(int least, int most) => least == most ? $"{least}" : $"{least} to {most}";
}
