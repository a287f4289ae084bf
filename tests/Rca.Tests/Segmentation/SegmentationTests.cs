using Rca.Classification;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Segmentation;

public sealed class SegmentationTests : SingleThread
{
    private const int StepsPerEpoch = 2;
    private static readonly SegmentationOptions Options = TinyRuns.Segmentation;

    [Fact]
    public void TheLossFalls()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Make(folder, Options with { Epochs = 12 });
        double first = trainer.Train(0), last = 0;
        for (int epoch = 1; epoch < 12; epoch++) last = trainer.Train(epoch);
        Assert.True(last < 0.6 * first, $"loss {first:F3}, later {last:F3}");
    }

    [Fact]
    public void IgnoredPixelsGiveNoGradient()
    {
        Tensor scores = Values.Normal(1, 1, 3, 2, 2).WithGrad();
        scores.CrossEntropy(Tensor.From([0L, BatchLoader.Ignore, 2, BatchLoader.Ignore], 1, 2, 2), BatchLoader.Ignore).Backward();
        float[] gradient = scores.Grad!.ToArray<float>();
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(i % 2 == 1, gradient[i] == 0);
    }

    [Fact]
    public void ABatchWithoutLabelsIsSkipped()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        foreach (TaggedImage image in data.Images.Take(7)) LabelFile.Write(image.MaskPath!, Ignored());
        using var trainer = new SegmentationTrainer(4, data.Images, static image => image.MaskPath!, Options with { BatchSize = 1 }, Fp32);
        Assert.True(double.IsFinite(trainer.Train(0)));
        LabelFile.Write(data.Images[7].MaskPath!, Ignored());
        Assert.Contains("all pixels are ignored", Assert.Throws<RcaException>(() => trainer.Train(1)).Message);
    }

    /// <summary>The only labelled picture is left over in some epochs, as the last few are that fill no batch; training goes on.</summary>
    [Fact]
    public void AnEpochWithoutLabelsDoesNotEndARun()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 5, 32);
        foreach (TaggedImage image in data.Images.Skip(1)) LabelFile.Write(image.MaskPath!, Ignored());
        var run = new RunFolder(folder.At("run"));
        SegmentationResult result = TinyRuns.Train(data, folder.At("masks"), run, Options with { Epochs = 30 }, Fp32);
        Assert.Equal(30, result.Epochs);
        string[] losses = [.. File.ReadLines(run.MetricsPath).Skip(1).Select(static row => row.Split(',')[1])];
        Assert.Contains("", losses);
        Assert.Contains(losses, static loss => loss.Length > 0);
    }

    [Fact]
    public void LabelMapsWithoutAClassAreRefused()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        foreach (TaggedImage image in data.Images) LabelFile.Write(image.MaskPath!, new LabelMap(32, 32, [.. Enumerable.Range(0, 32 * 32).Select(static i => i < 500 ? (ushort)0 : LabelMap.Ignore)]));
        string message = Assert.Throws<RcaException>(() => SegmentationRun.RequireClasses(data, folder.At("masks"))).Message;
        Assert.Contains("None of 3 label maps", message);
        Assert.Contains("write the class's number", message);
        LabelFile.Write(data.Images[1].MaskPath!, new LabelMap(32, 32, [.. Enumerable.Repeat((ushort)2, 32 * 32)]));
        SegmentationRun.RequireClasses(data, folder.At("masks"));
    }

    [Fact]
    public void ALabelBeyondTheClassesIsNamed()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        LabelMap wrong = new(32, 32);
        wrong.Labels[5] = 4; // three classes and background: 0 to 3
        LabelFile.Write(data.Images[1].MaskPath!, wrong);
        using var trainer = new SegmentationTrainer(4, data.Images, static image => image.MaskPath!, Options, Fp32);
        trainer.Train(0);
        var (path, reason) = Assert.Single(trainer.Unreadable);
        Assert.Equal(data.Images[1].MaskPath, path);
        Assert.Contains("label 4; expected are 0 to 3", reason);
    }

    [Fact]
    public void AResumedRunEqualsAnUninterruptedOneBitForBit()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        string labels = folder.At("masks");
        RunFolder whole = new(folder.At("whole")), parts = new(folder.At("parts")), other = new(folder.At("other"));
        Assert.Equal(0, TinyRuns.Train(data, labels, whole, Options, Fp32).EpochsBefore);
        var (progress, stop) = TinyRuns.StopIn(2, StepsPerEpoch);
        Assert.ThrowsAny<OperationCanceledException>(() => SegmentationRun.Train(data, labels, parts, Options, Fp32, null, progress, stop));
        SegmentationResult result = TinyRuns.Train(data, labels, parts, Options, Fp32);
        Assert.Equal((2, 4), (result.EpochsBefore, result.Epochs));
        TinyRuns.AssertSameCheckpoint(whole, parts);
        TinyRuns.Train(data, labels, other, Options with { Seed = 1 }, Fp32);
        Assert.False(TinyRuns.SameCheckpoint(whole, other));

        result = TinyRuns.Train(data, labels, parts, Options, Fp32);
        Assert.Equal((4, 4), (result.EpochsBefore, result.Epochs));
        Assert.Null(result.FinalLoss);
    }

    [Fact]
    public void MissingLabelMapsAreNamed()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        File.Delete(data.Images[3].MaskPath!);
        SegmentationResult result = TinyRuns.Train(data, folder.At("masks"), new RunFolder(folder.At("run")), Options with { Epochs = 1 }, Fp32);
        Assert.Equal(["3.png"], result.WithoutLabels);

        Directory.CreateDirectory(folder.At("empty"));
        var e = Assert.Throws<RcaException>(() => TinyRuns.Train(data, folder.At("empty"), new RunFolder(folder.At("other")), Options, Fp32));
        Assert.Contains("none of the 4 train images", e.Message);
        e = Assert.Throws<RcaException>(() => TinyRuns.Train(data, folder.At("nowhere"), new RunFolder(folder.At("other")), Options, Fp32));
        Assert.Contains("does not exist", e.Message);
    }

    [Fact]
    public void TheNetworkStartsWithTheMapsOfTheClassificationNetwork()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var start = new RunFolder(folder.At("start"));
        TinyRuns.Train(data, start, TinyRuns.Classification with { Epochs = 1 }, Fp32);
        using Classifier classifier = Classifier.Load(start, Fp32);
        using WeightFile saved = start.ReadCheckpoint();
        using var scope = new TensorScope();
        Tensor x = Values.Normal(1, 2, 3, 32, 32), maps = classifier.Model.Forward(x).CoarseMaps.Detach();
        using (var model = new DeepLabV2(4, Options))
        {
            model.StartFrom(saved, sameClasses: true);
            model.Train(false);
            Tensor scores = model.Forward(x).Detach();
            Values.AssertClose(maps.ToArray<float>(), scores.Narrow(1, 1, 3).ToArray<float>(), 1e-5); // float32, in another order
            Assert.All(scores.Narrow(1, 0, 1).ToArray<float>(), static background => Assert.Equal(0, background));
        }
        using (var model = new DeepLabV2(4, Options))
        {
            model.StartFrom(saved, sameClasses: false);
            foreach (var (name, value) in model.Backbone.State()) Assert.True(value.ElementsEqual(saved.Tensors[$"model.backbone.{name}"]), name);
            Assert.Contains(model.Forward(x).Detach().Narrow(1, 0, 1).ToArray<float>(), static background => background != 0);
        }
        using (var model = new DeepLabV2(3, Options))
            Assert.Contains("scores 3 classes", Assert.ThrowsAny<TorchException>(() => model.StartFrom(saved, sameClasses: true)).Message);

        RunFolder taken = new(folder.At("taken")), fresh = new(folder.At("fresh")), renamed = new(folder.At("renamed")), backboneAlone = new(folder.At("backbone-alone"));
        TinyRuns.Train(data, folder.At("masks"), taken, Options with { Epochs = 1 }, Fp32, start);
        TinyRuns.Train(data, folder.At("masks"), fresh, Options with { Epochs = 1 }, Fp32);
        Assert.False(TinyRuns.SameCheckpoint(taken, fresh));

        // The same network that knows its classes in another order gives its backbone alone.
        RunConfiguration<ClassificationOptions> configuration = start.Read<ClassificationOptions>(ClassificationRun.Kind);
        renamed.Begin(configuration with { Classes = [.. configuration.Classes.Reverse()] });
        File.Copy(start.CheckpointPath, renamed.CheckpointPath);
        TinyRuns.Train(data, folder.At("masks"), backboneAlone, Options with { Epochs = 1 }, Fp32, renamed);
        Assert.False(TinyRuns.SameCheckpoint(taken, backboneAlone));

        Assert.ThrowsAny<TorchException>(() => TinyRuns.Train(data, folder.At("masks"), new RunFolder(folder.At("wide")), Options with { Width = 0.25 }, Fp32, start));
        string both = Assert.Throws<RcaException>(() => TinyRuns.Train(data, folder.At("masks"), new RunFolder(folder.At("both")), Options with { Weights = "vgg16" }, Fp32, start)).Message;
        Assert.Contains("starts from the weights 'vgg16' or from the run", both);
    }

    [Fact]
    public void PredictionsAreComparedWithPseudoLabelsAndTruth()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        string labels = LabelsOfTheFirst(data, folder);
        folder.Mask("labels/2.png", 32, 32, [.. Enumerable.Repeat((ushort)9, 32 * 32)]);
        using var model = new DeepLabV2(4, Options);
        PredictionResult result = SegmentationRun.Predict(
            new Segmenter(model, data.Classes, 32, new PredictionOptions(), Fp32), data.Images, folder.At("out"), null, null, TestContext.Current.CancellationToken, labels);
        Assert.Equal(data.Images, result.Outcomes.Select(static outcome => outcome.Image));
        Assert.All(result.Outcomes, static outcome => Assert.InRange(outcome.Iou!.Value, 0, 1));
        Assert.Equal([result.Outcomes[0].Iou, null, null, null], result.Outcomes.Select(static outcome => outcome.Agreement));
        Assert.Contains("has label 9", Assert.Single(result.Unreadable).Value);
        Assert.All(result.Outcomes, static outcome => Assert.Equal((1, 0), (Math.Round(outcome.Shares.Sum(static share => share.Share), 5), outcome.Ignored)));
    }

    /// <summary>A network that sees background everywhere.</summary>
    [Fact]
    public void UnderItsTagsAPictureWithoutForegroundKeepsItsLabels()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 2, 32);
        string labels = LabelsOfTheFirst(data, folder);
        using var model = new DeepLabV2(4, Options);
        TinyRuns.Favour(model, label: 0, score: 20);
        PredictionResult result = SegmentationRun.Predict(
            new Segmenter(model, data.Classes, 32, new PredictionOptions(), Fp32), data.Images, folder.At("out"), null, null, TestContext.Current.CancellationToken, labels, underTags: true);
        Assert.Equal(data.Images[0].ReadMask()!.Labels, LabelFile.Read(folder.At("out/0.png")).Labels);
        Assert.All(LabelFile.Read(folder.At("out/1.png")).Labels, static label => Assert.Equal(LabelMap.Ignore, label));
        Assert.Equal((1.0, 1.0), (result.Outcomes[0].Iou, result.Outcomes[1].Ignored));
        Assert.Equal((1, null), (result.Kept, result.Outcomes[0].Agreement)); // a comparison with itself would say nothing
    }

    [Fact]
    public void HandlesReturnToTheirStart()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        long start = LiveHandles();
        var run = new RunFolder(folder.At("run"));
        TinyRuns.Train(data, folder.At("masks"), run, Options with { Epochs = 2 }, Fp32);
        using (Segmenter segmenter = Segmenter.Load(run, new PredictionOptions(), Fp32))
            segmenter.Predict([PictureFile.ReadRgb(data.Images[0].Path)]);
        Assert.Equal(start, Tensor.LiveHandles);
    }

    /// <summary>The maximum over scales is at least what scale 1 says, on its grid.</summary>
    [Fact]
    public void ScalesHaveTheirOwnGrids()
    {
        using var noGrad = new NoGrad();
        using var model = new DeepLabV2(3, Options);
        model.Train(false);
        Tensor x = Values.Normal(1, 2, 3, 64, 48);
        Tensor[] scores = model.ForwardScales(x);
        Assert.Equal([[2, 3, 8, 6], [2, 3, 6, 5], [2, 3, 4, 3], [2, 3, 8, 6]], scores.Select(static s => s.Shape));
        Assert.True(scores[0].ElementsEqual(model.Forward(x)));
        Assert.True(scores[3].Maximum(scores[0]).ElementsEqual(scores[3]));
        Assert.False(scores[3].ElementsEqual(scores[0]));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(16, false)]
    public void OtherLossesAndStridesLearn(int stride, bool scales)
    {
        using var folder = new TemporaryFolder();
        using var trainer = Make(folder, Options with { Epochs = 12, OutputStride = stride, MultiScaleLoss = scales });
        double first = trainer.Train(0), last = 0;
        for (int epoch = 1; epoch < 12; epoch++) last = trainer.Train(epoch);
        Assert.True(last < 0.75 * first, $"loss {first:F3}, later {last:F3}");
    }

    [Fact]
    public void AResumedRunDropsTheSameChannels()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        string labels = folder.At("masks");
        SegmentationOptions options = Options with { Backbone = "resnet38", Epochs = 2 };
        RunFolder whole = new(folder.At("whole")), parts = new(folder.At("parts"));
        TinyRuns.Train(data, labels, whole, options, Fp32);
        var (progress, stop) = TinyRuns.StopIn(1, StepsPerEpoch);
        Assert.ThrowsAny<OperationCanceledException>(() => SegmentationRun.Train(data, labels, parts, options, Fp32, null, progress, stop));
        TinyRuns.Train(data, labels, parts, options, Fp32);
        TinyRuns.AssertSameCheckpoint(whole, parts);
    }

    [Fact]
    public void AnOutputStrideBetweenIsRefused() =>
        Assert.Contains("output stride is '12'; expected 8 or 16", Assert.Throws<RcaException>(() => (Options with { OutputStride = 12 }).Validate()).Message);

    [Theory]
    [InlineData(321, 8, new[] { 6, 12, 18, 24 })]
    [InlineData(321, 16, new[] { 3, 6, 9, 12 })]
    [InlineData(160, 8, new[] { 3, 6, 9, 12 })]
    [InlineData(32, 8, new[] { 1, 1, 2, 2 })]
    public void DilationsFollowTheCropAndTheStride(int size, int stride, int[] dilations) =>
        Assert.Equal(dilations, new SegmentationOptions { Size = size, OutputStride = stride }.Dilations());

    /// <summary>A folder of pseudo labels that has the first picture's alone: its true mask.</summary>
    private static string LabelsOfTheFirst(TaggedDataset data, TemporaryFolder folder)
    {
        string labels = folder.At("labels");
        Directory.CreateDirectory(labels);
        File.Copy(data.Images[0].MaskPath!, Path.Combine(labels, "0.png"));
        return labels;
    }

    private SegmentationTrainer Make(TemporaryFolder folder, SegmentationOptions options) =>
        new(4, ShapeScenes.Write(folder, 8, 32).Images, static image => image.MaskPath!, options, Fp32);

    private static LabelMap Ignored() => new(32, 32, [.. Enumerable.Repeat(LabelMap.Ignore, 32 * 32)]);
}
