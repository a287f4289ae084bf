using System.CommandLine;
using System.CommandLine.Parsing;
using Rca.Data;
using Rca.Data.Coco;
using Rca.Data.Loading;
using Rca.Data.Voc;

namespace Rca.Cli.Commands;

/// <summary>The data set that a command works on: its folder, and the choices that the folder leaves open.</summary>
internal sealed class DataInput
{
    private readonly Option<string?> _list = new("--split-list") { Description = $"PASCAL VOC: list of ImageSets/Segmentation to learn from, such as train_aug. [default: {VocDataset.DefaultList}]", HelpName = "NAME" };
    private readonly Option<string?> _tags = new("--tags") { Description = "PASCAL VOC: file of tags in place of Annotations: lines 'name class class ...', classes from 0, or a cls_labels.npy.", HelpName = "FILE" };
    private readonly Option<int?> _year = new("--year") { Description = "COCO: which year, where DATA has both.", HelpName = string.Join('|', CocoDataset.Years) };

    /// <summary>The folder as an argument.</summary>
    public Argument<string> Folder { get; } = new("DATA")
    {
        Description = "Folder of a data set: images/ and tags.csv, or the tree of PASCAL VOC 2012 or of COCO.",
    };

    /// <summary>The choices.</summary>
    public Option[] Options => [_list, _tags, _year];

    /// <summary>What was chosen.</summary>
    public DatasetOptions Choices(ParseResult parsed) =>
        new() { SplitList = parsed.GetValue(_list), Tags = parsed.GetValue(_tags), Year = parsed.GetValue(_year) };

    /// <summary>A validator: the choices mean nothing without the option that names or needs a data set.</summary>
    public Action<CommandResult> Need(Option option, string what) => result =>
    {
        foreach (Option choice in Options)
            if (result.GetResult(choice) is not null && result.GetResult(option) is null)
                result.AddError($"{choice.Name} needs {what}.");
    };

    /// <summary>Loads the data set of the argument and says how much of it looks wrong.</summary>
    public TaggedDataset Load(ParseResult parsed, Output output) => Load(parsed.GetRequiredValue(Folder), parsed, output);

    /// <summary>Loads the data set in a folder and says how much of it looks wrong.</summary>
    public TaggedDataset Load(string folder, ParseResult parsed, Output output)
    {
        var data = DatasetReader.Load(folder, Choices(parsed));
        if (data.Problems.Count > 0)
            output.Note($"warning: {data.Problems.Count} thing(s) in {folder} look wrong, the first: {data.Problems[0].Message} ('./rca check {folder}' lists all)");
        return data;
    }
}
