using Rca.Data;
using Rca.Labelling;
using Rca.Pipelines;
using Rca.Progress;
using Rca.Reporting;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Tests.Pipelines;

/// <summary>The whole way with the smallest networks: what it leaves, and that stops change nothing.</summary>
public sealed class PipelineTests : SingleThread
{
    private const int Train = 90, Val = 80, Test = 3, Untagged = 4;

    private static readonly PipelineOptions Options = new(
        TinyRuns.Classification with { BatchSize = 16, Epochs = 2, StartShare = 0 }, new LabellingOptions { Scales = [1], Flip = false },
        TinyRuns.Segmentation with { BatchSize = 16, Epochs = 2 }, new PredictionOptions { Scales = [1], Flip = false }) { Refinements = 2 };

    [Fact]
    public void AStopInAnyStageChangesNothing()
    {
        using var pictures = new TemporaryFolder();
        using var whole = new TemporaryFolder();
        TaggedDataset data = Write(pictures);
        PipelineResult expected = Run(data, whole.Path, null);

        Assert.Equal((Train, Val, Test, Untagged), (expected.Labelled.Pictures, expected.Predicted["val"].Pictures, expected.Predicted["test"].Pictures, expected.Predicted["untagged"].Pictures));
        Assert.Contains($"{Train} images", File.ReadAllText(whole.At("classification/config.json"))); // nothing was learnt from the others
        foreach (TaggedImage image in data.Untagged)
        {
            Assert.True(File.Exists(whole.At($"predictions/untagged/{image.MaskName}")));
            Assert.False(File.Exists(whole.At($"labels/{image.MaskName}")));
        }
        Assert.True(File.Exists(whole.At("report.html")) && File.Exists(whole.At("summary.json")));

        // Masks are counted on disk after each 64.
        (string Stage, int Done, int From)[] stops =
        [
            ("Training", 7, 0), ("Labelling", 80, 64), ("Training the segmentation network", 7, 0), ("Labelling anew 1/2", 80, 64), ("Labelling anew 2/2", 80, 64), ("Training on the new labels 2/2", 7, 0), ("Predicting val pictures", 72, 64), ("Predicting untagged pictures", Untagged, Untagged),
        ];
        foreach (var (stage, done, from) in stops)
        {
            using var stopped = new TemporaryFolder();
            Assert.ThrowsAny<OperationCanceledException>(() => Run(data, stopped.Path, new StopAt(stage, done)));
            Assert.False(File.Exists(stopped.At("report.html")));
            var heard = new List<StageProgress>();
            PipelineResult resumed = Run(data, stopped.Path, new Listener(heard.Add));

            if (from > 0) Assert.All(heard.Where(value => value.Stage == stage), value => Assert.True(value.Done > from, $"{stage} went on from {value.Done}"));
            TinyRuns.AssertSameCheckpoint(new RunFolder(whole.At("classification")), new RunFolder(stopped.At("classification")));
            TinyRuns.AssertSameCheckpoint(new RunFolder(whole.At("segmentation")), new RunFolder(stopped.At("segmentation")));
            foreach (string network in (string[])["segmentation-refined", "segmentation-refined-2"])
                TinyRuns.AssertSameCheckpoint(new RunFolder(whole.At(network)), new RunFolder(stopped.At(network)));
            foreach (string folder in (string[])["labels", "labels-refined", "labels-refined-2", "predictions"])
                foreach (string file in Directory.GetFiles(whole.At(folder), "*.png", SearchOption.AllDirectories))
                    Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(stopped.Path, Path.GetRelativePath(whole.Path, file))));
            Assert.Equal(Figures(expected.Summary), Figures(resumed.Summary));
            Assert.Equal(Outcomes(expected), Outcomes(resumed));
            Assert.Equal((Train, Val), (resumed.Labelled.Pictures, resumed.Predicted["val"].Pictures));
        }
    }

    /// <summary>The last network is that of the last labels, from the classification network, and these labels are the network's before.</summary>
    [Fact]
    public void EachRefinementLearnsFromTheLabelsOfTheNetworkBefore()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = Write(folder, train: 12, val: 2, test: 0, untagged: 0);
        PipelineResult result = Run(data, folder.At("run"), null);
        Assert.Equal((2, 3), (result.Refined.Count, result.Taught.Count));
        Assert.Equal(result.Refined[1].Evaluation?.MeanIou, result.Summary.RefinedLabelMiou);

        RunFolder again = new(folder.At("again")), first = new(folder.At("run/segmentation-refined"));
        TinyRuns.Train(data, folder.At("run/labels-refined-2"), again, Options.Segmentation with { BackgroundWeight = 1 }, Fp32, new RunFolder(folder.At("run/classification")));
        TinyRuns.AssertSameCheckpoint(new RunFolder(folder.At("run/segmentation-refined-2")), again);

        using Segmenter segmenter = Segmenter.Load(first, Options.Prediction, Fp32);
        SegmentationRun.Predict(
            segmenter, data.Of(Split.Train), folder.At("anew"), null, null, TestContext.Current.CancellationToken,
            folder.At("run/labels"), underTags: true);
        foreach (TaggedImage image in data.Of(Split.Train))
            Assert.Equal(File.ReadAllBytes(folder.At($"run/labels-refined-2/{image.MaskName}")), File.ReadAllBytes(folder.At($"anew/{image.MaskName}")));
    }

    [Fact]
    public void MasksOfOtherSettingsGiveWay()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = Write(folder, train: 6, val: 2, test: 0, untagged: 0);
        Run(data, folder.At("run"), null);
        string label = folder.At($"run/labels/{data.Images[0].MaskName}"), mask = folder.At($"run/predictions/val/{data.Images[^1].MaskName}");
        byte[] before = File.ReadAllBytes(label), predicted = File.ReadAllBytes(mask);

        // What is whole is kept, whatever its content.
        File.WriteAllBytes(label, [1]);
        Run(data, folder.At("run"), null);
        Assert.Equal([1], File.ReadAllBytes(label));

        // Other labels are made anew, and the network that learnt from the old ones says so.
        PipelineOptions other = Options with { Labelling = Options.Labelling with { Crf = null } };
        string message = Assert.Throws<RcaException>(() => Run(data, folder.At("run"), null, other)).Message;
        Assert.Contains("has learnt from other labels", message);
        Assert.Contains($"Remove {folder.At("run/segmentation")} and {folder.At("run/segmentation-refined")} and {folder.At("run/segmentation-refined-2")} to", message);
        Assert.NotEqual([1], File.ReadAllBytes(label));

        // Back again: no label of the other settings stays.
        Run(data, folder.At("run"), null);
        Assert.Equal(before, File.ReadAllBytes(label));

        File.Delete(mask);
        Run(data, folder.At("run"), null);
        Assert.Equal(predicted, File.ReadAllBytes(mask));
    }

    [Fact]
    public void ProgressSaysHowFarAllStagesHaveCome()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = Write(folder, train: 6, val: 2, test: 0, untagged: 0);
        var heard = new List<StageProgress>();
        StageTime[] expected = [new("train", 30), new("label", 10), new("segment", 40), new("predict val", 15), new("report", 5)];
        new Pipeline(data, folder.At("run"), Options with { Refinements = 0 }, Fp32, "Shapes", TimeProvider.System) { Expected = expected }
            .Run("", new Listener(heard.Add), TestContext.Current.CancellationToken);

        double[] shares = [.. heard.Select(static value => value.Whole!.Value)];
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(0.4, heard.Last(static value => value.Stage == "Labelling").Whole!.Value, 1e-9);
        Assert.Equal(0.95, shares[^1], 1e-9);
    }

    private PipelineResult Run(TaggedDataset data, string folder, IProgress<StageProgress>? progress, PipelineOptions? options = null) =>
        new Pipeline(data, folder, options ?? Options, Fp32, "Shapes", TimeProvider.System).Run(
            "", progress, progress is StopAt stop ? stop.Token : TestContext.Current.CancellationToken);

    private static IEnumerable<(string, double, double?, double?)> Outcomes(PipelineResult result) =>
        result.Labelled.Outcomes.Concat(result.Refined.SelectMany(static refined => refined.Outcomes)).Concat(result.Predicted["val"].Outcomes).Select(static outcome => (outcome.Image.Name, outcome.Doubt, outcome.Iou, outcome.Shares.Count > 0 ? (double?)outcome.Shares[0].Share : null));

    private static (double?, double?, double?, double?, double?) Figures(PipelineSummary summary) =>
        (summary.MapsMiou, summary.PseudoLabelMiou, summary.RefinedLabelMiou, summary.SegmentationValMiou, summary.SegmentationTestMiou);

    private static TaggedDataset Write(TemporaryFolder folder, int train = Train, int val = Val, int test = Test, int untagged = Untagged)
    {
        TaggedDataset drawn = ShapeScenes.Write(folder, train + val + test + untagged, 24, val: val + test + untagged);
        return drawn with
        {
            Images = [.. drawn.Images.Take(train + val), .. drawn.Images.Skip(train + val).Take(test).Select(static image => image with { Split = Split.Test })],
            Untagged = [.. drawn.Images.Skip(train + val + test).Select(static image => image with { Tags = [], TagsKnown = false })],
        };
    }

    /// <summary>Stops a run in the middle of a stage.</summary>
    private sealed class StopAt(string stage, int done) : IProgress<StageProgress>
    {
        private readonly CancellationTokenSource _source = new();

        public CancellationToken Token => _source.Token;

        public void Report(StageProgress value)
        {
            if (value.Stage == stage && value.Done >= done) _source.Cancel();
        }
    }
}
