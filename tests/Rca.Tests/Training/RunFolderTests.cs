using System.Text.Json.Nodes;
using Rca.Classification;
using Rca.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Training;

public sealed class RunFolderTests : SingleThread
{
    [Fact]
    public void AFolderWithoutARunSaysWhatMakesOne()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("./rca train", Assert.Throws<RcaException>(() => new RunFolder(folder.At("none")).ReadKind()).Message);
    }

    [Fact]
    public void ARunOfTheOtherKindIsRefused()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        var e = Assert.Throws<RcaException>(() => Segmenter.Load(run, new PredictionOptions(), Fp32));
        Assert.Contains("is a classification run; a segmentation run is needed", e.Message);
    }

    [Fact]
    public void ARunBeforeItsFirstCheckpointSaysSo()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        Assert.Contains("no checkpoint yet", Assert.Throws<RcaException>(() => Classifier.Load(run, Fp32)).Message);
        RunConfiguration<ClassificationOptions> other = Configuration();
        other = other with { Options = other.Options with { Seed = 7 } };
        Assert.Equal(0, run.Begin(other));
        Assert.Equal(7, run.Read<ClassificationOptions>(ClassificationRun.Kind).Options.Seed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"kind\": 3}")]
    [InlineData("{\"kind\": null}")]
    [InlineData("{\"kind\": \"classification\"}")]
    [InlineData("{\"kind\": \"classification\", \"classes\": null, \"options\": null, \"versions\": null}")]
    [InlineData("{\"kind\": \"classification\", \"classes\": [null], \"options\": {}, \"versions\": {}}")]
    public void ABrokenConfigurationIsNamed(string json)
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        File.WriteAllText(folder.At("run/config.json"), json);
        Assert.Contains("config.json", Assert.Throws<RcaException>(() => run.Read<ClassificationOptions>(ClassificationRun.Kind)).Message);
    }

    [Theory]
    [InlineData("unheard_of", 1)]
    [InlineData("width", "wide")]
    [InlineData("backbone", null)]
    public void AnUnknownOrWrongSettingIsRefused(string name, object? value)
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        Change(folder, options => options[name] = value is null ? null : JsonValue.Create(value));
        Assert.Contains("does not fit", Assert.Throws<RcaException>(() => run.Read<ClassificationOptions>(ClassificationRun.Kind)).Message);
    }

    [Fact]
    public void SettingsOutOfRangeAreRefusedBeforeAnythingIsMadeOfThem()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        Change(folder, static options => options["width"] = 1e6);
        Assert.Contains("width is 1000000; expected 0.125 to 2", Assert.Throws<RcaException>(() => Classifier.Load(run, Fp32)).Message);
    }

    [Fact]
    public void AHugeConfigurationIsNotRead()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        using (FileStream stream = File.OpenWrite(folder.At("run/config.json"))) stream.SetLength(1L << 33); // sparse
        Assert.Contains("bytes are too many", Assert.Throws<RcaException>(() => run.ReadKind()).Message);
    }

    [Fact]
    public void ATruncatedForeignOrHugeCheckpointIsRefused()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        using (var model = new ClassificationModel(2, TinyRuns.Classification))
            run.SaveCheckpoint(model.State().Select(static item => ("model." + item.Name, item.Value)), 3);
        Assert.Equal(3, run.Begin(Configuration()));
        RunConfiguration<ClassificationOptions> other = Configuration();
        other = other with { Options = other.Options with { Seed = 7 } };
        Assert.Contains("seed: the run has 0, now 7", Assert.Throws<RcaException>(() => run.Begin(other)).Message);
        Classifier.Load(run, Fp32).Dispose();

        byte[] whole = File.ReadAllBytes(run.CheckpointPath);
        foreach (int length in (int[])[0, 7, 100, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(run.CheckpointPath, whole[..length]);
            Assert.Throws<WeightFileException>(() => Classifier.Load(run, Fp32));
            Assert.Throws<WeightFileException>(() => run.Begin(Configuration()));
        }
        File.Delete(run.CheckpointPath);
        run.SaveCheckpoint([("something", Tensor.Zeros([3]))], 3);
        Assert.Throws<StateMismatchException>(() => Classifier.Load(run, Fp32));
        Safetensors.Write(run.CheckpointPath, [("something", Tensor.Zeros([3]))]);
        Assert.Contains("does not say how many epochs", Assert.Throws<RcaException>(() => run.Begin(Configuration())).Message);
    }

    /// <summary>Whichever bit of a checkpoint flips, names and epochs included, the one before takes its place.</summary>
    [Fact]
    public void ADamagedCheckpointGivesWayToTheOneBefore()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        run.SaveCheckpoint([("a", Tensor.Full([3], 1)), ("b", Tensor.Full([2, 2], 1))], 1);
        run.SaveCheckpoint([("a", Tensor.Full([3], 2)), ("b", Tensor.Full([2, 2], 2))], 2);
        byte[] before = File.ReadAllBytes(run.PreviousCheckpointPath), whole = File.ReadAllBytes(run.CheckpointPath);
        Assert.Equal((2, null), (run.Begin(Configuration()), run.Damage));
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(run.CheckpointPath, damaged);
            File.WriteAllBytes(run.PreviousCheckpointPath, before);
            var found = new RunFolder(run.Path);
            using (WeightFile file = found.ReadCheckpoint())
            {
                // Blanks behind the header and between its parts mean nothing.
                if (found.Damage is null) { Assert.Equal("2", file.Metadata["epochs_done"]); Assert.Equal([2f, 2, 2], file.Tensors["a"].ToArray<float>()); continue; }
                Assert.Equal([1f, 1, 1], file.Tensors["a"].ToArray<float>());
            }
            Assert.Equal(1, found.Begin(Configuration()));
            Assert.Equal(before, File.ReadAllBytes(run.CheckpointPath));
        }
        File.Delete(run.CheckpointPath); // stopped between two renamings
        File.WriteAllBytes(run.PreviousCheckpointPath, before);
        Assert.Equal(1, new RunFolder(run.Path).Begin(Configuration()));
    }

    [Fact]
    public void MetricsAfterAResumeHaveOneRowForEachEpoch()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = Begin(folder);
        for (int epoch = 1; epoch <= 4; epoch++) run.WriteMetrics(epoch, [("loss", epoch / 10.0), ("precision", null)]);
        run.WriteMetrics(3, [("loss", 0.35), ("precision", 0.5)]); // the checkpoint of epoch 2 was the last
        Assert.Equal(["epoch,loss,precision", "1,0.1,", "2,0.2,", "3,0.35,0.5"], File.ReadAllLines(run.MetricsPath));
    }

    [Fact]
    public void ConfigurationsComeBackAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        RunConfiguration<ClassificationOptions> found = Begin(folder).Read<ClassificationOptions>(ClassificationRun.Kind);
        Assert.Equal(["a", "b"], found.Classes);
        Assert.Equivalent(TinyRuns.Classification, found.Options, strict: true);
    }

    private RunFolder Begin(TemporaryFolder folder)
    {
        var run = new RunFolder(folder.At("run"));
        Assert.Equal(0, run.Begin(Configuration()));
        return run;
    }

    private RunConfiguration<ClassificationOptions> Configuration() =>
        new(ClassificationRun.Kind, ["a", "b"], "4 images", TinyRuns.Classification, RunVersions.Of(Fp32));

    private static void Change(TemporaryFolder folder, Action<JsonObject> change)
    {
        string path = folder.At("run/config.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(path))!;
        change(root["options"]!.AsObject());
        File.WriteAllText(path, root.ToJsonString());
    }
}
