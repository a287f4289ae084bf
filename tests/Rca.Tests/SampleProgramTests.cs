using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging.Codecs;
using Rca.Samples;
using Rca.Training;

namespace Rca.Tests;

/// <summary>The programs of <c>samples/</c>, as they are: short, and running.</summary>
public sealed class SampleProgramTests : SingleThread
{
    private const int MostLines = 15;

    [Fact]
    public void They_are_short()
    {
        string[] programs = Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "Program.cs", SearchOption.AllDirectories);
        Assert.Equal(4, programs.Length);
        foreach (string program in programs)
        {
            // A class that it brings along is not the program.
            int lines = File.ReadLines(program).TakeWhile(static line => !line.StartsWith("/// ", StringComparison.Ordinal)).Count(static line => line.Trim().Length > 0);
            Assert.True(lines <= MostLines, $"{program} has {lines} lines.");
        }
    }

    [Fact]
    public void A_folder_is_labelled_and_a_picture_predicted()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = Write(folder, 32);
        RunFolder classification = new(folder.At("classification")), segmentation = new(folder.At("segmentation"));
        TinyRuns.Train(data, classification, TinyRuns.Classification with { Epochs = 1 }, Fp32);
        Assert.Contains("4 masks in", Run("LabelFolder", classification.Path, data.Root, folder.At("out")));
        Assert.All(data.Images, image => Assert.True(File.Exists(folder.At($"out/{image.MaskName}"))));

        TinyRuns.Train(data, folder.At("masks"), segmentation, TinyRuns.Segmentation with { Epochs = 1 }, Fp32);
        Run("PredictPicture", segmentation.Path, data.Images[0].Path, folder.At("mask.png"));
        Assert.Equal((32, 32), (LabelFile.Read(folder.At("mask.png")).Width, LabelFile.Read(folder.At("mask.png")).Height));
    }

    [Fact]
    public void A_backbone_of_ones_own_is_trained()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = Write(folder, 64);
        Assert.Contains("after 1 epoch", Run("OwnBackbone", data.Root, folder.At("run")));
        Assert.True(new RunFolder(folder.At("run")).Exists);
    }

    [Fact]
    public void A_tree_of_coco_is_read()
    {
        using var folder = new TemporaryFolder();
        SampleCoco.Write(folder.At("coco"));
        TaggedDataset data = DatasetReader.Load(folder.At("coco"));
        string found = Run("ReadCoco", folder.At("coco"));
        Assert.Contains($"Coco: {data.Of(Split.Train).Count} train", found);
        Assert.Contains(data.Classes[^1], found);
    }

    private static TaggedDataset Write(TemporaryFolder folder, int size)
    {
        TaggedDataset data = ShapeScenes.Write(folder, 4, size);
        folder.Text("tags.csv", "image,tags\n" + string.Concat(data.Images.Select(image => $"{image.Name},{string.Join(';', image.Tags.Select(tag => data.Classes[tag]))}\n")));
        folder.Text("classes.txt", string.Join('\n', data.Classes));
        return data;
    }

    private static string Run(string program, params string[] arguments) =>
        Programs.Dotnet(Repository.Root, [Path.Combine(Repository.Root, "artifacts/bin", program, "release", $"{program}.dll"), .. arguments]);
}
