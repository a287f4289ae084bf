using Rca.Backbones;
using Rca.Imaging.Codecs;
using Rca.Torch;

namespace Rca.Cli.Tests;

public sealed class TrainingCommandTests
{
    [Fact]
    public void Train_then_go_on_then_label()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        string[] train = ["train", folder.Path, "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1"];

        var first = Cli.Run([.. train, "--json"]);
        var again = Cli.Run(train);
        var label = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At("labels"), "--scales", "1,2", "--flip", "false", "--json");

        Assert.Equal(ExitCode.Ok, first.Code);
        Assert.Equal(0, first.Json.GetProperty("epochs_before").GetInt32());
        Assert.Equal(1, first.Json.GetProperty("epochs").GetInt32());
        Assert.Equal(ExitCode.Ok, again.Code);
        Assert.Contains("nothing was left to do", again.Out);
        Assert.Equal(ExitCode.Ok, label.Code);
        Assert.Equal(1, label.Json.GetProperty("pictures").GetInt32());
        var mask = LabelFile.Read(folder.At("labels", "one.png"));
        Assert.Equal((4, 4), (mask.Width, mask.Height));
    }

    [Fact]
    public void Settings_without_an_option_are_set_by_name()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        string[] train = ["train", folder.Path, "--out", folder.At("run"), "--size", "48", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "2"];

        var trained = Cli.Run([.. train, "--set", "start_scale=0.5", "--set", "start_share=0.5", "--set", "memory_size=7"]);
        var mistaken = Cli.Run([.. train, "--set", "memory_sise=7"]);
        var outOfRange = Cli.Run([.. train, "--set", "start_scale=2"]);

        Assert.Equal(ExitCode.Ok, trained.Code);
        Assert.Contains("\"memory_size\": 7", File.ReadAllText(folder.At("run", "config.json")));
        Assert.Equal(ExitCode.BadInput, mistaken.Code);
        Assert.Contains("Did you mean 'memory_size'?", mistaken.Error);
        Assert.Contains("start scale is 2; expected 0.1 to 1", outOfRange.Error);
        Assert.Contains("Use --weights FILE", Cli.Run([.. train, "--set", "weights=x.pth"]).Error);
    }

    [Fact]
    public void A_deterministic_run_says_so()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        string[] train = ["train", folder.Path, "--device", "cpu", "--precision", "fp32", "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1"];
        try
        {
            Assert.Equal(ExitCode.Ok, Cli.Run([.. train, "--out", folder.At("usual")]).Code);
            Assert.Contains("cpu fp32\"", File.ReadAllText(folder.At("usual", "config.json")));
            Assert.Equal(ExitCode.Ok, Cli.Run([.. train, "--out", folder.At("run"), "--deterministic"]).Code);
            Assert.Contains("cpu fp32 deterministic\"", File.ReadAllText(folder.At("run", "config.json")));
        }
        finally
        {
            TorchRuntime.Deterministic = false;
        }
    }

    [Fact]
    public void Train_starts_from_weights_that_fit_and_names_those_that_do_not()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        using (var net = Backbone.Create("resnet18", 0.125)) Safetensors.Write(folder.At("weights.safetensors"), net.State());
        string[] train =
        [
            "train", folder.Path, "--out", folder.At("run"), "--size", "32", "--batch", "1", "--epochs", "1",
            "--method", "cam", "--backbone", "resnet18", "--weights", folder.At("weights.safetensors"),
        ];

        var wide = Cli.Run(train); // public weights are of width 1, and so is the backbone unless told otherwise
        var narrow = Cli.Run([.. train, "--width", "0.125"]);

        Assert.Equal(ExitCode.BadInput, wide.Code);
        Assert.Contains("weights.safetensors: The weights do not fit ResNet", wide.Error);
        Assert.Contains("[16, 3, 7, 7], expected [64, 3, 7, 7]", wide.Error);
        Assert.Equal(ExitCode.Ok, narrow.Code);
    }

    [Fact]
    public void Segment_then_predict()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var segment = Cli.Run(
            "segment", folder.Path, "--labels", folder.At("masks"), "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--epochs", "1", "--json");
        var predict = Cli.Run("predict", folder.At("run"), folder.At("images"), "--out", folder.At("out"), "--scales", "1", "--json");
        var one = Cli.Run("predict", folder.At("run"), folder.At("images", "one.png"), "--out", folder.At("single"), "--no-crf");

        Assert.Equal(ExitCode.Ok, segment.Code);
        Assert.Equal(1, segment.Json.GetProperty("epochs").GetInt32());
        Assert.Equal(ExitCode.Ok, predict.Code);
        Assert.Equal(2, predict.Json.GetProperty("pictures").GetInt32());
        Assert.Equal(4, LabelFile.Read(folder.At("out", "masks", "two.png")).Width);
        Assert.True(File.Exists(folder.At("out", "overlays", "two.png")));
        Assert.Equal(ExitCode.Ok, one.Code);
        Assert.True(File.Exists(folder.At("single", "masks", "one.png")));
    }

    [Fact]
    public void Background_counts_as_much_as_asked_for()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Assert.Equal(ExitCode.Ok, Cli.Run("segment", folder.Path, "--labels", folder.At("masks"), "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--epochs", "1").Code);

        Assert.Equal(16, Background("100", "predict", folder.At("images"), "masks/one.png"));
        Assert.Equal(0, Background("0.01", "predict", folder.At("images"), "masks/one.png"));
        Assert.Equal(0, Background("0.01", "refine", folder.Path, "one.png", "--labels", folder.At("masks")));
        Assert.Contains("background weight is 0; expected 0.01 to 100", Run("0", "predict", folder.At("images")).Error);

        Cli.Result Run(string weight, string command, string pictures, params string[] more) =>
            Cli.Run([command, folder.At("run"), pictures, "--out", folder.At(command + weight), "--scales", "1", "--no-crf", "--background-weight", weight, .. more]);

        int Background(string weight, string command, string pictures, string mask, params string[] more)
        {
            var result = Run(weight, command, pictures, more);
            Assert.True(result.Code == ExitCode.Ok, result.Error);
            return LabelFile.Read(folder.At([command + weight, .. mask.Split('/')])).Labels.Count(static label => label == 0);
        }
    }

    [Theory]
    [InlineData("nowhere", "does not exist")]
    [InlineData("empty", "holds no pictures")]
    [InlineData("clash", "would have one mask, a.png")]
    public void Predict_says_what_is_wrong_with_its_pictures(string pictures, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("empty", "notes.txt"), "");
        File.WriteAllText(folder.At("clash", "a.png"), "");
        File.WriteAllText(folder.At("clash", "a.jpg"), "");

        var result = Cli.Run("predict", "run", folder.At(pictures), "--out", folder.At("out"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains(message, result.Error);
    }

    [Fact]
    public void Label_refuses_a_data_set_with_other_classes()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Cli.Run("train", folder.Path, "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1");
        File.WriteAllText(folder.At("classes.txt"), "dog\ncat\n");

        var result = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At("labels"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("dog, cat", result.Error);
        Assert.False(File.Exists(folder.At("labels", "one.png")));
    }

    [Theory]
    [InlineData("masks", "look", "would be overwritten")]
    [InlineData("images", "look", "would be overwritten")]
    [InlineData("labels", "labels", "the folder of --out")]
    public void Label_does_not_write_over_other_files(string target, string overlays, string message)
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Cli.Run("train", folder.Path, "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1");
        var mask = File.ReadAllBytes(folder.At("masks", "one.png"));

        var result = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At(target), "--overlays", folder.At(overlays));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains(message, result.Error);
        Assert.Equal(mask, File.ReadAllBytes(folder.At("masks", "one.png")));
    }

    [Fact]
    public void Predict_does_not_write_over_the_masks_of_a_data_set()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Cli.Run("segment", folder.Path, "--labels", folder.At("masks"), "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--epochs", "1");
        var mask = File.ReadAllBytes(folder.At("masks", "one.png"));

        var result = Cli.Run("predict", folder.At("run"), folder.At("images"), "--out", folder.Path);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("masks would be overwritten", result.Error);
        Assert.Equal(mask, File.ReadAllBytes(folder.At("masks", "one.png")));
    }

    [Fact]
    public void An_unknown_device_is_a_usage_error()
    {
        var result = Cli.Run("train", "data", "--out", "run", "--device", "banana");

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("'banana' is unknown", result.Error);
    }

    [Fact]
    public void Label_without_a_readable_picture_fails()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        Cli.Run("train", folder.Path, "--out", folder.At("run"), "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1");
        File.WriteAllText(folder.At("images", "one.png"), "no picture");

        var result = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At("labels"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("None of the 1 pictures could be read", result.Error);
    }

    [Fact]
    public void All_values_out_of_range_are_reported_at_once_and_nothing_is_made()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var result = Cli.Run("train", folder.Path, "--out", folder.At("run"), "--epochs", "0", "--width", "9");

        Assert.Equal(ExitCode.BadInput, result.Code);
        foreach (var part in (string[])["epochs is 0", "width is 9"])
            Assert.Contains(part, result.Error);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void Label_says_what_a_run_folder_is()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var result = Cli.Run("label", folder.At("nothing"), folder.Path, "--out", folder.At("labels"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("./rca train", result.Error);
    }
}
