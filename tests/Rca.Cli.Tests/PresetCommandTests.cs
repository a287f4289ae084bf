using Rca.Torch;

namespace Rca.Cli.Tests;

public sealed class PresetCommandTests
{
    [Fact]
    public void List_names_all_and_show_has_every_stage()
    {
        var list = Cli.Run("preset", "list", "--json");
        var shown = Cli.Run("preset", "show", "voc-released");
        var json = Cli.Run("preset", "show", "voc-released", "--json").Json;

        Assert.Equal(5, list.Json.GetArrayLength());
        foreach (var stage in new[] { "\ntrain\n", "\nlabel\n", "\nsegment\n", "\npredict\n" })
            Assert.Contains(stage, shown.Out);
        Assert.Matches(@"\n  rate_steps +\[5,10\]\n", shown.Out);
        Assert.True(json.GetProperty("classification").GetProperty("ring_memory").GetBoolean());
    }

    [Fact]
    public void A_wrong_name_is_answered_with_the_nearest()
    {
        var result = Cli.Run("preset", "show", "voc-relased");

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("Did you mean 'voc-released'?", result.Error);
    }

    [Fact]
    public void A_preset_gives_what_is_not_typed()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var trained = Cli.Run(
            "train", folder.Path, "--out", folder.At("run"), "--preset", "voc-released", "--width", "0.125", "--size", "32", "--epochs", "2", "--set", "learning_rate=1e-5");
        var labelled = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At("labels"), "--json");
        var looked = Cli.Run("label", folder.At("run"), folder.Path, "--out", folder.At("labels"), "--scales", "1,2");
        var both = Cli.Run("train", folder.Path, "--out", folder.At("other"), "--preset", "voc-released", "--method", "cam");

        Assert.Equal(ExitCode.Ok, trained.Code);
        Assert.Contains("made for a backbone of public weights", trained.Error);
        var config = File.ReadAllText(folder.At("run", "config.json"));
        foreach (var expected in new[] { "\"width\": 0.125", "\"epochs\": 2", "\"batch_size\": 8", "\"learned_aggregation\": true", "\"learning_rate\": 1E-05" })
            Assert.Contains(expected, config);
        Assert.True(File.Exists(folder.At("run", "maps", "one.npz"))); // accumulated, and so the labels come from them
        Assert.Equal(1, labelled.Json.GetProperty("pictures").GetInt32());
        Assert.Contains("Add --set maps=final", looked.Error);
        Assert.Equal(ExitCode.Usage, both.Code);
        Assert.Contains("--preset brings its own method", both.Error);
    }

    [Fact]
    public void Later_stages_take_a_preset_too()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        string[] segment = ["segment", folder.Path, "--labels", folder.At("masks"), "--out", folder.At("run"), "--preset", "coco-paper", "--width", "0.125", "--size", "32", "--batch", "1"];

        var frozen = Cli.Run(segment);
        var taught = Cli.Run([.. segment, "--set", "freeze_normalization=false", "--set", "learning_rate=1e-5", "--backbone", "resnet18"]);
        var predicted = Cli.Run("predict", folder.At("run"), folder.At("images"), "--out", folder.At("out"), "--preset", "coco-paper", "--json");
        Cli.Run("train", folder.Path, "--out", folder.At("tags"), "--size", "32", "--weights", "none", "--width", "0.125", "--batch", "1", "--epochs", "1");
        var labelled = Cli.Run("label", folder.At("tags"), folder.Path, "--out", folder.At("labels"), "--preset", "voc-paper-vgg16");
        var accumulated = Cli.Run("label", folder.At("tags"), folder.Path, "--out", folder.At("labels"), "--preset", "voc-released");
        var unknown = Cli.Run("predict", folder.At("run"), folder.At("images"), "--out", folder.At("out"), "--preset", "coco-papr");

        Assert.Equal(ExitCode.BadInput, frozen.Code);
        Assert.Contains("--set freeze_normalization=false", frozen.Error);
        Assert.Equal(ExitCode.Ok, taught.Code);
        var config = File.ReadAllText(folder.At("run", "config.json"));
        foreach (var expected in new[] { "\"epochs\": 5", "\"multi_scale_loss\": true", "\"optimizer\": \"sgd\"", "\"scale_max\": 2.336", "\"backbone\": \"resnet18\"" })
            Assert.Contains(expected, config);
        Assert.Equal(2, predicted.Json.GetProperty("pictures").GetInt32());
        Assert.Equal(ExitCode.Ok, labelled.Code);
        Assert.Contains("made for saliency maps", labelled.Error);
        Assert.Equal(ExitCode.BadInput, accumulated.Code);
        Assert.Contains("accumulate_maps=true", accumulated.Error); // the preset's labels come from maps that this run does not have
        Assert.Contains("Did you mean 'coco-paper'?", unknown.Error);
    }

    [Fact]
    public void A_dry_run_wants_a_new_folder()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var result = Cli.Run("preset", "dry-run", "scenes-demo", "--out", folder.Path);
        var own = Cli.Run("preset", "dry-run", "scenes-demo", "--out", folder.At("new"), "--set", "epochs=7");

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("is not empty", result.Error);
        Assert.Contains("epochs is 3 in a dry run", own.Error);
    }

    [Fact]
    public void Import_says_what_a_file_lacks()
    {
        using var folder = new TemporaryFolder();
        Safetensors.Write(folder.At("other.safetensors"), [("fc.weight", Tensor.Zeros([2, 2]))]);

        var result = Cli.Run("import", folder.At("other.safetensors"), "--out", folder.At("run"));

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("is not a checkpoint of the public RCA code", result.Error);
        Assert.False(Directory.Exists(folder.At("run")));
    }
}
