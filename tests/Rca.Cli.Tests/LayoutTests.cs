namespace Rca.Cli.Tests;

/// <summary>Every command that takes a data set, on every layout.</summary>
public sealed class LayoutTests
{
    [Theory]
    [InlineData("voc", "has the layout of PASCAL VOC", "--split-list train_aug")]
    [InlineData("coco", "has the layout of COCO", "--year 2014")]
    public void The_whole_way_on_a_miniature(string layout, string described, string choice)
    {
        using var folder = new TemporaryFolder();
        string data = folder.At("data"), run = folder.At("run"), segmentation = folder.At("segmentation");
        string[] small = ["--size", "32", "--weights", "none", "--width", "0.125", "--epochs", "1", .. choice.Split(' ')];

        Assert.Contains("10 pictures", Ok("sample", layout, "--out", data).Out);
        Assert.Contains(described, Ok(["check", data, .. choice.Split(' ')]).Out);
        Ok(["train", data, "--out", run, "--batch", "2", .. small]);
        Assert.Contains("Against the true masks", Ok(["label", run, data, "--out", folder.At("labels"), "--scales", "1", "--no-crf", .. choice.Split(' ')]).Out);
        Assert.Contains("over", Ok(["evaluate", "--pred", folder.At("labels"), "--data", data, "--split", "train", .. choice.Split(' ')]).Out);
        Ok(["masks", data, "--out", folder.At("masks")]);
        Ok(["segment", data, "--labels", folder.At("masks"), "--out", segmentation, .. small]);
        Assert.Contains("mean IoU", Ok("predict", segmentation, data, "--split", "val", "--out", folder.At("out"), "--scales", "1", "--no-crf").Out);
        Ok("evaluate", "--pred", folder.At("out", "masks"), "--data", data, "--split", "val");
    }

    [Theory]
    [InlineData("voc", "JPEGImages")]
    [InlineData("voc", "SegmentationClassAug")]
    [InlineData("coco", "train2014")]
    public void Masks_do_not_overwrite_the_data(string layout, string part)
    {
        using var folder = new TemporaryFolder();
        Cli.Run("sample", layout, "--out", folder.At("data"));
        var result = Cli.Run("masks", folder.At("data"), "--out", folder.At("data", part));
        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("would be overwritten", result.Error);
    }

    [Fact]
    public void Samples_are_always_the_same_and_overwrite_nothing()
    {
        using var folder = new TemporaryFolder();
        Ok("sample", "coco", "--out", folder.At("a"));
        Ok("sample", "coco", "--out", folder.At("b"));
        foreach (string file in Directory.GetFiles(folder.At("a"), "*", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(folder.At("a"), folder.At("b"))));
        Assert.Contains("exists and is not empty", Cli.Run("sample", "voc", "--out", folder.At("a")).Error);
    }

    [Fact]
    public void A_choice_of_another_layout_is_refused()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        var result = Cli.Run("train", folder.Path, "--out", folder.At("run"), "--year", "2014");
        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("--year chooses a year of COCO", result.Error);
    }

    private static Cli.Result Ok(params string[] arguments)
    {
        var result = Cli.Run(arguments);
        Assert.True(result.Code == ExitCode.Ok, $"{string.Join(' ', arguments)}: {result.Error}");
        return result;
    }
}
