using Rca.Data.Coco;
using Rca.Data.Folder;
using Rca.Data.Voc;
using Rca.Text;

namespace Rca.Data.Loading;

/// <summary>Reads a data set of any layout: what is in the folder decides which.</summary>
public static class DatasetReader
{
    private const string Expected =
        $"Expected images/ and {TagsFile.Name}; or ImageSets/Segmentation/, JPEGImages/ and Annotations/ (PASCAL VOC 2012); or annotations/instances_train2017.json and train2017/ (COCO, also 2014)";

    /// <summary>Lists files and reads the tags; opens no picture.</summary>
    /// <param name="directory">The data set's folder.</param>
    /// <param name="options">Options that only some layouts have; null for the defaults.</param>
    /// <exception cref="RcaException">There is no usable image; the message lists every reason.</exception>
    public static TaggedDataset Load(string directory, DatasetOptions? options = null) => Read(directory, options).RequireUsable();

    /// <summary>As <see cref="Load"/>, but a data set of which nothing is usable comes back empty, with its problems.</summary>
    internal static TaggedDataset Read(string directory, DatasetOptions? options = null)
    {
        options ??= new DatasetOptions();
        if (!Directory.Exists(directory))
            return Nothing("missing folder", $"{directory}: there is no such folder. {Expected}.");
        if (Detect(directory) is not { } layout)
            return Nothing("unknown layout", $"{directory} is no data set. {Expected}.{Hint(directory)}");
        List<string> foreign = [];
        if (layout != DatasetLayout.Voc && options.SplitList is not null) foreign.Add("--split-list chooses a list of PASCAL VOC");
        if (layout != DatasetLayout.Voc && options.Tags is not null) foreign.Add("--tags names tags for PASCAL VOC");
        if (layout != DatasetLayout.Coco && options.Year is not null) foreign.Add("--year chooses a year of COCO");
        if (foreign.Count > 0)
            return Nothing("option", $"{string.Join(", ", foreign)}, but {directory} has {Described(layout)}. Leave it out.");
        return layout switch
        {
            DatasetLayout.Voc => VocDataset.Read(directory, options),
            DatasetLayout.Coco => CocoDataset.Read(directory, options),
            _ => FolderDataset.Read(directory),
        };

        TaggedDataset Nothing(string kind, string message)
        {
            var problems = new ProblemList();
            problems.Add(kind, message, fatal: true);
            return new TaggedDataset(directory, [], [], problems.ToList());
        }
    }

    /// <summary>A layout in words.</summary>
    public static string Described(DatasetLayout layout) => layout switch
    {
        DatasetLayout.Voc => "the layout of PASCAL VOC",
        DatasetLayout.Coco => "the layout of COCO",
        _ => $"the layout of images/ and {TagsFile.Name}",
    };

    private static DatasetLayout? Detect(string directory)
    {
        if (File.Exists(At(TagsFile.Name))) return DatasetLayout.Folder;
        if (Directory.Exists(At("ImageSets")) || Directory.Exists(At("JPEGImages"))) return DatasetLayout.Voc;
        if (Directory.Exists(At("annotations")) || CocoDataset.Years.Any(year => Directory.Exists(At($"train{year}")))) return DatasetLayout.Coco;
        return Directory.Exists(At("images")) ? DatasetLayout.Folder : null;

        string At(string name) => Path.Combine(directory, name);
    }

    /// <summary>People often name the folder above the data set, or one of its parts.</summary>
    private static string Hint(string directory)
    {
        string[] near = [Path.Combine(directory, "VOCdevkit", "VOC2012"), Path.Combine(directory, "VOC2012"), Path.GetDirectoryName(Path.GetFullPath(directory)) ?? directory];
        return near.FirstOrDefault(folder => Directory.Exists(folder) && Detect(folder) is not null) is { } meant ? $" Did you mean {meant}?" : "";
    }
}
