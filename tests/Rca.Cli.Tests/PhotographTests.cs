using Rca.Backbones;
using Rca.Classification;
using Rca.Imaging.Codecs;
using Rca.Training;

namespace Rca.Cli.Tests;

/// <summary>What a newcomer does, on eight photographs and from the weights that come with the set-up, as small as it gets.</summary>
public sealed class PhotographTests
{
    private const int Count = 8;

    [Fact]
    public void The_default_path_from_tags_to_masks()
    {
        using var folder = new TemporaryFolder();
        string[] photographs = [.. Directory.EnumerateFiles(SharedData.Need("coco128/images")).Order(StringComparer.Ordinal).Take(Count)];
        var rows = new List<string> { "image,tags,split" };
        foreach (var (photograph, i) in photographs.Select(static (path, i) => (path, i)))
        {
            File.Copy(photograph, folder.At("images", $"{i}.jpg"));
            rows.Add($"{i}.jpg,{(i % 2 == 0 ? "even" : "odd")},{(i < 6 ? "train" : "val")}");
        }
        File.WriteAllLines(folder.At("tags.csv"), rows);
        string[] small = ["--size", "64", "--epochs", "1", "--batch", "2"];

        Ok(["train", folder.Path, "--out", folder.At("run"), .. small]);
        Ok(["label", folder.At("run"), folder.Path, "--out", folder.At("labels")]);
        Ok(["segment", folder.Path, "--labels", folder.At("labels"), "--backbone-from", folder.At("run"), "--out", folder.At("network"), .. small]);
        string refined = Ok(["refine", folder.At("network"), folder.Path, "--labels", folder.At("labels"), "--out", folder.At("refined")]);
        Ok(["predict", folder.At("network"), folder.Path, "--split", "val", "--out", folder.At("predictions")]);

        var options = new RunFolder(folder.At("run")).Read<ClassificationOptions>(ClassificationRun.Kind).Options;
        Assert.Equal((PackagedWeights.Name, PackagedWeights.Name, 16), (options.Weights, options.Backbone, options.OutputStride));
        Assert.Contains("They agree with those in", refined);
        foreach (string mask in (string[])["labels/0.png", "refined/5.png", "predictions/masks/7.png"])
            Assert.True(LabelFile.Read(folder.At(mask.Split('/'))).Width > 100, mask);
    }

    private static string Ok(string[] arguments)
    {
        var result = Cli.Run(arguments);
        Assert.True(result.Code == ExitCode.Ok, $"{string.Join(' ', arguments)}: {result.Error}");
        return result.Out;
    }
}
