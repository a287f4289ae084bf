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
        var both = Cli.Run("train", folder.Path, "--out", folder.At("other"), "--preset", "voc-released", "--method", "cam");

        Assert.Equal(ExitCode.Ok, trained.Code);
        Assert.Contains("made for public weights of vgg16", trained.Error);
        var config = File.ReadAllText(folder.At("run", "config.json"));
        foreach (var expected in new[] { "\"width\": 0.125", "\"epochs\": 2", "\"batch_size\": 8", "\"learned_aggregation\": true", "\"learning_rate\": 1E-05" })
            Assert.Contains(expected, config);
        Assert.True(File.Exists(folder.At("run", "maps", "one.npz"))); // accumulated, and so the labels come from them
        Assert.Equal(1, labelled.Json.GetProperty("pictures").GetInt32());
        Assert.Equal(ExitCode.Usage, both.Code);
        Assert.Contains("--preset brings its own method", both.Error);
    }

    [Fact]
    public void A_dry_run_wants_a_new_folder()
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);

        var result = Cli.Run("preset", "dry-run", "scenes-demo", "--out", folder.Path);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("is not empty", result.Error);
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
