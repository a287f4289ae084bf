using System.Reflection;
using Rca.Evaluation;
using Rca.Imaging.Masks;
using Rca.Text;

namespace Rca.Cli.Tests;

/// <summary>Which folder may use which: the table of CONTRIBUTING.md, held against what the compiler made.</summary>
public sealed class HouseTests
{
    /// <summary>Projects, with those of ours that each may refer to.</summary>
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["Rca.Torch"] = [],
        ["Rca.Imaging"] = [],
        ["Rca"] = ["Rca.Imaging", "Rca.Torch"],
        ["Rca.Samples"] = ["Rca", "Rca.Imaging", "Rca.Torch"],
        ["Rca.Benchmarks"] = ["Rca", "Rca.Imaging", "Rca.Torch"],
        ["Rca.Cli"] = ["Rca", "Rca.Benchmarks", "Rca.Imaging", "Rca.Samples", "Rca.Torch"],
    };

    /// <summary>The folders of a project, lowest first: each uses only those before it.</summary>
    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Rca.Imaging"] = ["", "Masks", "Codecs", "Transforms", "Crf", "Overlays"],
        ["Rca"] =
        [
            "", "Text", "Files", "Progress", "Clustering", "Computing", "Weights", "Data", "Data.Folder", "Data.Voc", "Data.Coco", "Data.Loading", "Backbones",
            "Evaluation", "Training", "Passes", "Classification", "Labelling", "Segmentation", "Reporting", "Pipelines", "Presets",
        ],
    };

    public static TheoryData<string> ProjectNames => [.. Projects.Keys];

    public static TheoryData<string> OrderedProjects => [.. Folders.Keys];

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_refers_to_none_above_it(string project) =>
        Assert.Empty(Assembly.LoadFrom(Compiled(project)).GetReferencedAssemblies().Select(static name => name.Name!).Where(IsOurs).Except(Projects[project]));

    [Theory]
    [MemberData(nameof(OrderedProjects))]
    public void A_folder_uses_none_above_it(string project)
    {
        string[] order = Namespaces(project);
        string[] upward =
        [
            .. from use in CompiledUses.Of(Compiled(project))
               where IsAbove(order, Folder(use.Used), Folder(use.User))
               orderby use.User, use.Used
               select $"{use.User} uses {use.Used} upward",
        ];
        Assert.True(upward.Length == 0, string.Join('\n', upward));
    }

    /// <summary>Constants leave no trace in what the compiler makes.</summary>
    [Theory]
    [MemberData(nameof(OrderedProjects))]
    public void A_source_file_imports_no_folder_above_it(string project)
    {
        string[] order = Namespaces(project);
        string root = Path.Combine(Repository.Root, "src", project);
        string[] upward =
        [
            .. from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
               let own = string.Join('.', [project, .. Path.GetRelativePath(root, file).Split('/')[..^1]])
               from line in File.ReadLines(file)
               where line.StartsWith("using ", StringComparison.Ordinal) && IsAbove(order, line[6..].TrimEnd(';'), own)
               select $"{Path.GetRelativePath(root, file)} imports {line[6..].TrimEnd(';')} upward",
        ];
        Assert.True(upward.Length == 0, string.Join('\n', upward));
    }

    [Theory]
    [MemberData(nameof(OrderedProjects))]
    public void Every_folder_has_its_place(string project) =>
        Assert.Equal(Namespaces(project).Order(), CompiledUses.Of(Compiled(project)).Select(static use => Folder(use.User)).Where(IsOurs).Distinct().Order());

    [Theory]
    [InlineData("Rca.Text.NearestName")] // the body of a method
    [InlineData("Rca.RcaException")] // what is caught there
    [InlineData("Rca.Imaging.Masks.LabelMap")] // the signature
    [InlineData("Rca.Evaluation.EvaluationReport")] // an argument of a type
    [InlineData("System.ObsoleteAttribute")]
    public void Every_kind_of_use_is_seen(string used) =>
        Assert.Contains(new Use(typeof(User).FullName!, used), CompiledUses.Of(typeof(HouseTests).Assembly.Location));

    private static string Compiled(string project) => Path.Combine(AppContext.BaseDirectory, $"{project}.dll");

    private static string[] Namespaces(string project) => [.. Folders[project].Select(folder => folder.Length == 0 ? project : $"{project}.{folder}")];

    private static bool IsOurs(string name) => name == "Rca" || name.StartsWith("Rca.", StringComparison.Ordinal);

    private static string Folder(string type) => type[..Math.Max(0, type.LastIndexOf('.'))];

    private static bool IsAbove(string[] order, string used, string user) => Array.IndexOf(order, used) is >= 0 and var place && place > Array.IndexOf(order, user);
}

/// <summary>Uses one type in each of several ways.</summary>
internal abstract class User : List<EvaluationReport>
{
    [Obsolete]
    public void Use(LabelMap map)
    {
        try
        {
            _ = NearestName.Find("", []);
        }
        catch (RcaException)
        {
        }
    }
}
