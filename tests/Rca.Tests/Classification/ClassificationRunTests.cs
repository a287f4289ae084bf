using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Labelling;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Classification;

public sealed class ClassificationRunTests : SingleThread
{
    private const int Pictures = 10, StepsPerEpoch = 2; // ten pictures of which two are val, in batches of four
    private static readonly ClassificationOptions Options = TinyRuns.Classification with { ScoreGate = 0.3, ContrastStart = 1 };

    [Fact]
    public void AResumedRunEqualsAnUninterruptedOneBitForBit()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, Pictures, 32, val: 2);
        RunFolder whole = new(folder.At("whole")), parts = new(folder.At("parts")), other = new(folder.At("other"));
        TrainingResult result = TinyRuns.Train(data, whole, Options, Fp32);
        Assert.Equal((0, 4), (result.EpochsBefore, result.Epochs));
        Assert.InRange(result.TagPrecision!.Value, 0, 1);

        var (progress, stop) = TinyRuns.StopIn(2, StepsPerEpoch);
        Assert.ThrowsAny<OperationCanceledException>(() => ClassificationRun.Train(data, parts, Options, Fp32, progress, stop));
        Assert.Equal(3, File.ReadAllLines(parts.MetricsPath).Length); // header and the two finished epochs
        using (Classifier.Load(parts, Fp32))
        {
        }
        result = TinyRuns.Train(data, parts, Options, Fp32);
        Assert.Equal((2, 4), (result.EpochsBefore, result.Epochs));
        TinyRuns.AssertSameCheckpoint(whole, parts);
        Assert.Equal(Losses(whole), Losses(parts));

        TinyRuns.Train(data, other, Options with { Seed = 1 }, Fp32);
        Assert.False(TinyRuns.SameCheckpoint(whole, other));
    }

    [Fact]
    public void ARunRepeatsItselfOnAsManyThreads()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, Pictures, 32, val: 2);
        ClassificationOptions options = Options with { Width = 0.25, Epochs = 2 };
        RunFolder first = new(folder.At("first")), again = new(folder.At("again")), alone = new(folder.At("alone"));
        var compute = new Compute("cpu", Precision.Fp32, deterministic: true);
        Assert.True(TorchRuntime.Deterministic);
        TinyRuns.Train(data, alone, options, compute);
        TorchRuntime.Initialize(threads: 2);
        foreach (RunFolder run in new[] { first, again }) TinyRuns.Train(data, run, options, compute);
        TinyRuns.AssertSameCheckpoint(first, again);
        Assert.False(TinyRuns.SameCheckpoint(alone, first)); // two threads sum in another order than one: they did share the work
    }

    [Fact]
    public void WhatComputedIsSaidByTheRunAndByItsLabels()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var run = new RunFolder(folder.At("run"));
        Compute open = new("cpu"), chosen = open.For(Backbone.Describe("vgg16").SavesProducts);
        TinyRuns.Train(data, run, Options with { Backbone = "vgg16", Epochs = 1, Precision = Precision.Auto }, open);
        Assert.Equal($"{chosen}", run.Read<ClassificationOptions>(ClassificationRun.Kind).Versions.Compute);
        using Classifier classifier = Classifier.Load(run, open);
        var labelling = new LabellingRun(classifier, new LabellingOptions { Scales = [1], Crf = null }, new LabellingFolders());
        Assert.Equal($"{chosen}", labelling.Run(data.Images, folder.At("labels"), null, TestContext.Current.CancellationToken).Compute);
    }

    [Fact]
    public void AFinishedRunSaysSo()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var run = new RunFolder(folder.At("run"));
        ClassificationOptions options = Options with { Epochs = 1 };
        TinyRuns.Train(data, run, options, Fp32);
        byte[] before = File.ReadAllBytes(run.CheckpointPath);
        TrainingResult again = TinyRuns.Train(data, run, options, Fp32);
        Assert.Equal((1, 1), (again.EpochsBefore, again.Epochs));
        Assert.Null(again.FinalLoss);
        Assert.Null(again.TagPrecision);
        Assert.Equal(before, File.ReadAllBytes(run.CheckpointPath));
    }

    [Fact]
    public void OtherSettingsOnTheSameFolderAreRefusedWithTheDifferences()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var run = new RunFolder(folder.At("run"));
        TinyRuns.Train(data, run, Options with { Epochs = 1 }, Fp32);
        var e = Assert.Throws<RcaException>(() => TinyRuns.Train(
            data with { Classes = ["circle", "square", "star"] }, run, Options with { Epochs = 2, LearningRate = 0.02 }, Fp32));
        Assert.Contains("epochs: the run has 1, now 2", e.Message);
        Assert.Contains("learning_rate: the run has 0.001, now 0.02", e.Message);
        Assert.Contains("star", e.Message);
        Assert.DoesNotContain("width", e.Message);
    }

    [Fact]
    public void ACorruptPictureIsNamedAndLeftOut()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 5, 32);
        File.WriteAllBytes(data.Images[2].Path, [1, 2, 3]);
        TrainingResult result = TinyRuns.Train(data, new RunFolder(folder.At("run")), Options with { Epochs = 2, BatchSize = 5 }, Fp32);
        var (path, reason) = Assert.Single(result.Unreadable);
        Assert.Equal(data.Images[2].Path, path);
        Assert.Contains("2.png", reason);
        Assert.True(double.IsFinite(result.FinalLoss!.Value));
    }

    [Fact]
    public void WithoutAReadablePictureTheFirstProblemIsNamed()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 2, 32);
        foreach (TaggedImage image in data.Images) File.Delete(image.Path);
        var e = Assert.Throws<RcaException>(() => TinyRuns.Train(data, new RunFolder(folder.At("run")), Options, Fp32));
        Assert.Contains("None of the 2 training pictures", e.Message);
        Assert.Contains(".png", e.Message);
    }

    [Fact]
    public void ALossThatIsNoNumberAsksForALowerRateAndIsNeverSaved()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        var run = new RunFolder(folder.At("run"));
        var e = Assert.Throws<RcaException>(() => TinyRuns.Train(
            data, run, Options.AsCam() with { Epochs = 40, BatchSize = 1, LearningRate = 10, HeadRateFactor = 1000, WeightDecay = 1 }, Fp32));
        Assert.Contains("The loss is no longer a number in epoch", e.Message);
        Assert.Contains("lower learning rate than 10", e.Message);
        if (!File.Exists(run.CheckpointPath)) return; // otherwise of an epoch before
        using WeightFile saved = run.ReadCheckpoint();
        foreach (var (name, value) in saved.Tensors)
            if (value.DType == DType.Float32) Assert.All(value.ToArray<float>(), number => Assert.True(float.IsFinite(number), name));
    }

    [Fact]
    public void DataWithoutTrainImagesOrTagsIsRefused()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 2, 32);
        var run = new RunFolder(folder.At("run"));
        Assert.Contains("no train images", Assert.Throws<RcaException>(() => TinyRuns.Train(data with { Images = [] }, run, Options, Fp32)).Message);
        TaggedDataset untagged = data with { Images = [.. data.Images.Select(static image => image with { Tags = [] })] };
        Assert.Contains("tag", Assert.Throws<RcaException>(() => TinyRuns.Train(untagged, run, Options, Fp32)).Message);
        Assert.False(Directory.Exists(run.Path));
    }

    [Fact]
    public void WholeRunsLeaveNoHandlesBehind()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 6, 32, val: 2);
        long start = LiveHandles();
        var run = new RunFolder(folder.At("run"));
        var (progress, stop) = TinyRuns.StopIn(2, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => ClassificationRun.Train(data, run, Options, Fp32, progress, stop));
        TinyRuns.Train(data, run, Options, Fp32);
        Classifier.Load(run, Fp32).Dispose();
        Assert.Equal(start, Tensor.LiveHandles);
    }

    [Theory]
    [InlineData(new[] { 0.9f, 0.8f, 0.1f }, new[] { true, true, false }, 1.0)]
    [InlineData(new[] { 0.9f, 0.8f, 0.1f }, new[] { false, true, true }, (1 / 2.0 + 2 / 3.0) / 2)]
    [InlineData(new[] { 0.9f, 0.8f }, new[] { false, false }, null)]
    public void AveragePrecisionIsTheMeanPrecisionAtTheTaggedRanks(float[] scores, bool[] tagged, double? expected)
    {
        double? actual = TagEvaluation.AveragePrecision(scores.Zip(tagged));
        Assert.Equal(expected is null, actual is null);
        Assert.Equal(expected ?? 0, actual ?? 0, 1e-12); // double
    }

    /// <summary>The metrics without the time.</summary>
    private static string[] Losses(RunFolder run) => [.. File.ReadAllLines(run.MetricsPath).Select(static line => line[..line.LastIndexOf(',')])];
}
