using Rca.Classification;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Labelling;
using Rca.Pipelines;
using Rca.Reporting;
using Rca.Segmentation;

namespace Rca.Cli.Tests;

/// <summary><c>start</c> on three tiny pictures, with a plan of an earlier start, so that nothing is measured and the networks are small.</summary>
public sealed class StartCommandTests
{
    [Fact]
    public void From_a_folder_to_masks_network_and_report()
    {
        using var folder = new TemporaryFolder();
        string[] start = Prepare(folder);
        PictureFile.WritePng(folder.At("images", "three.png"), new Picture(4, 4, 3));

        var result = Cli.Run(start);
        var again = Cli.Run([.. start, "--json"]);

        Assert.True(result.Code == ExitCode.Ok, result.Error);
        Assert.Contains("2 pictures to learn from, 1 val, 0 test, 1 untagged", result.Out);
        Assert.Contains("picture without row: 1", result.Out);
        Assert.Matches("train the classification network on tags +2 +classification/", result.Out);
        Assert.Contains("About 4 minutes in all", result.Out);
        Assert.Contains("Next: look at the report, then ./rca predict", result.Out);
        foreach (string file in (string[])["labels/one.png", "predictions/val/two.png", "predictions/untagged/three.png", "report.html", "summary.json"])
            Assert.True(File.Exists(Path.Combine(folder.At("run"), file)), file);
        Assert.Equal(folder.At("run", "report.html"), again.Json.GetProperty("report").GetString());
        Assert.Equal(1, again.Json.GetProperty("pictures").GetProperty("predicted").GetProperty("untagged").GetInt32());
        Assert.True(again.Json.GetProperty("summary").GetProperty("segmentation_val_miou").GetDouble() >= 0);
    }

    [Fact]
    public void Refined_labels_are_the_masks_to_use()
    {
        using var folder = new TemporaryFolder();
        string[] start = Prepare(folder, refinements: 1);

        var result = Cli.Run(start);
        var again = Cli.Run([.. start, "--json"]);

        Assert.True(result.Code == ExitCode.Ok, result.Error);
        Assert.Matches("label the train pictures anew with it, under their tags +2 +labels-refined/", result.Out);
        Assert.Matches("train another one on these labels +2 +segmentation-refined/", result.Out);
        Assert.Contains($"learnt from are in {folder.At("run", "labels-refined")}.", result.Out);
        Assert.True(File.Exists(folder.At("run", "labels-refined", "one.png")));
        Assert.Equal(folder.At("run", "labels-refined"), again.Json.GetProperty("labels").GetString());
        Assert.Equal(folder.At("run", "segmentation-refined"), again.Json.GetProperty("network").GetString());
    }

    [Fact]
    public void Other_options_than_those_of_the_run_are_named()
    {
        using var folder = new TemporaryFolder();
        var result = Cli.Run([.. Prepare(folder), "--minutes", "30", "--quick"]);

        Assert.Equal(ExitCode.BadInput, result.Code);
        Assert.Contains("minutes: the run has none, now 30", result.Error);
        Assert.Contains("quick: the run has no, now yes", result.Error);
    }

    [Fact]
    public void A_stop_ends_in_order()
    {
        using var folder = new TemporaryFolder();
        string[] start = Prepare(folder);

        Assert.Equal(ExitCode.Cancelled, Cli.Run(new CancellationToken(canceled: true), start).Code);
        Assert.Equal(ExitCode.Ok, Cli.Run(start).Code);
    }

    [Theory]
    [InlineData("--method", "banana", ExitCode.Usage, "banana")]
    [InlineData("--minutes", "soon", ExitCode.Usage, "a number")]
    [InlineData("--out", ".", ExitCode.BadInput, "would be overwritten")]
    public void Mistakes_are_named(string option, string value, int code, string message)
    {
        using var folder = new TemporaryFolder();
        TinyDataset.Write(folder);
        var result = Cli.Run("start", folder.Path, option, value == "." ? folder.Path : value);

        Assert.Equal(code, result.Code);
        Assert.Contains(message, result.Error);
    }

    private static string[] Prepare(TemporaryFolder folder, int refinements = 0)
    {
        TinyDataset.Write(folder);
        // A picture of background, for the label of the other one may be empty.
        PictureFile.WritePng(folder.At("images", "plain.png"), new Picture(4, 4, 3));
        File.AppendAllText(folder.At("tags.csv"), "plain.png,,train\n");
        var options = new PipelineOptions(
            new ClassificationOptions { Width = 0.125, Size = 32, Epochs = 1, BatchSize = 1 }, new LabellingOptions { Scales = [1] },
            new SegmentationOptions { Width = 0.125, Size = 32, Epochs = 1, BatchSize = 1 }, new PredictionOptions { Scales = [1] }) { Refinements = refinements };
        StageTime[] stages = [new("train", 100), new("segment", 100), .. Enumerable.Range(1, refinements).SelectMany(i => (StageTime[])[new(Pipeline.Refine(i), 100), new(Pipeline.SegmentAgain(i), 100)])];
        new Plan(new PlanRequest("none", "rca", null, false, 0), options, stages, []).Write(folder.At("run"));
        return ["start", folder.Path, "--out", folder.At("run"), "--device", "cpu"];
    }
}
