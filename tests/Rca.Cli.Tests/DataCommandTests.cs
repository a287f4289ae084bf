using Rca.Cli.Commands;
using Rca.Imaging.Codecs;

namespace Rca.Cli.Tests;

public sealed class DataCommandTests
{
    [Fact]
    public void Check_says_what_is_in_a_data_set()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var result = Cli.Run("check", folder.Path);

        Assert.Equal(ExitCode.Ok, result.Code);
        Assert.Matches(@"train +1 +0 +1", result.Out);
        Assert.Matches(@"dog +0 +1 +0", result.Out);
        Assert.Contains("Pictures are 4 wide and 4 high.", result.Out);
        Assert.Contains("Training can start.", result.Out);
    }

    [Fact]
    public void Check_fails_where_training_could_not_start()
    {
        using var folder = new TemporaryFolder();

        var result = Cli.Run("check", folder.Path, "--json");

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.False(result.Json.GetProperty("can_train").GetBoolean());
        Assert.Contains(result.Json.GetProperty("problems").EnumerateArray(), problem => problem.GetProperty("message").GetString()!.Contains("tags.csv"));
    }

    [Fact]
    public void Check_json_is_one_document()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var json = Cli.Run("check", folder.Path, "--json").Json;

        Assert.True(json.GetProperty("can_train").GetBoolean());
        Assert.Equal("train", json.GetProperty("splits")[0].GetProperty("split").GetString());
        Assert.Equal(4, json.GetProperty("sizes").GetProperty("max_width").GetInt32());
    }

    [Fact]
    public void Evaluate_compares_masks()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        // One picture is right, one is all background: background 16/24, cat 8/8, dog 0/8.
        LabelFile.Write(folder.At("pred", "one.png"), TinyDataset.Mask(1));
        LabelFile.Write(folder.At("pred", "two.png"), TinyDataset.Mask(0));

        var plain = Cli.Run("evaluate", "--pred", folder.At("pred"), "--truth", folder.At("masks"));
        var json = Cli.Run("evaluate", "--pred", folder.At("pred"), "--data", folder.Path, "--json").Json;
        var train = Cli.Run("evaluate", "--pred", folder.At("pred"), "--data", folder.Path, "--split", "train", "--json").Json;

        Assert.Equal(ExitCode.Ok, plain.Code);
        Assert.Matches(@"class 2 +0\.0 %", plain.Out);
        Assert.Contains("Mean IoU 55.6 %, pixel accuracy 75.0 %, over 2 masks.", plain.Out);
        Assert.Equal((2 / 3.0 + 1 + 0) / 3, json.GetProperty("mean_iou").GetDouble(), 1e-12);
        Assert.Equal("dog", json.GetProperty("labels")[2].GetProperty("name").GetString());
        Assert.Equal(1, train.GetProperty("images").GetInt32());
        Assert.Equal(1, train.GetProperty("mean_iou").GetDouble());
    }

    [Fact]
    public void Evaluate_names_what_it_cannot_compare()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        LabelFile.Write(folder.At("pred", "one.png"), TinyDataset.Mask(1));

        var result = Cli.Run("evaluate", "--pred", folder.At("pred"), "--data", folder.Path, "--json");

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Equal("", result.Out);
        Assert.Contains("two.png", result.Error);
    }

    [Theory]
    [InlineData("--train", "0", "train is 0, expected 1")]
    [InlineData("--size", "8", "size is 8, expected 32")]
    public void Sample_scenes_refuses_values_out_of_range(string option, string value, string message)
    {
        using var folder = new TemporaryFolder();

        var result = Cli.Run("sample", "scenes", "--out", folder.At("scenes"), option, value);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains(message, result.Error);
        Assert.False(Directory.Exists(folder.At("scenes")));
    }

    [Fact]
    public void Sample_scenes_makes_a_data_set_that_check_accepts()
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(Common.CacheFolder, "pictures")), "The photographs are not unpacked: run eng/bootstrap.sh pictures, then ./test.");
        using var folder = new TemporaryFolder();

        var made = Cli.Run("sample", "scenes", "--out", folder.At("scenes"), "--train", "30", "--val", "1", "--test", "1", "--size", "48", "--json");
        var check = Cli.Run("check", folder.At("scenes"), "--json");

        Assert.Equal(ExitCode.Ok, made.Code);
        Assert.Equal(32, made.Json.GetProperty("scenes").GetInt32());
        Assert.Equal(ExitCode.Ok, check.Code);
    }
}
