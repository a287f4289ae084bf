using System.Xml.Linq;
using Rca.Data;
using Rca.Evaluation;
using Rca.Imaging.Masks;
using Rca.Labelling;
using Rca.Reporting;
using Rca.Segmentation;
using Rca.Training;

namespace Rca.Tests.Reporting;

public sealed class RunReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunWithTruthShowsWhatIsWorstAndBest()
    {
        XElement page = Page(Run(["dog", "cat"], truth: true));
        string[] titles = Titles(page);
        Assert.Equal(
            ["What to do next", "Most doubtful", "Where the two networks disagree", "Pseudo labels: worst and best", "Predictions: worst and best", "Class by class", "Training", "Time", "How to repeat it"],
            titles);
        Assert.Contains("agree with the true masks at mean IoU", page.Value);
        Assert.Contains("worst: mean IoU 0.00", page.Value);
        Assert.Contains("best: mean IoU 1.00", page.Value);
        Assert.DoesNotContain("There are no true masks", page.Value);
        Assert.Equal(["labels.csv", "predictions.csv", "report.html"], Directory.GetFiles(_folder.At("out")).Select(Path.GetFileName).Order());
        Assert.Equal(13, File.ReadAllLines(_folder.At("out/labels.csv")).Length);
    }

    [Fact]
    public void ARunWithoutTruthSaysSoAndShowsWhatIsDoubtful()
    {
        XElement page = Page(Run(["dog", "cat"], truth: false));
        Assert.DoesNotContain(Titles(page), static title => title.Contains("worst", StringComparison.Ordinal));
        Assert.Contains("There are no true masks", page.Value);
        Assert.Contains("doubt 0.45; 50 % ignored", page.Value);
        Assert.Contains("no pixels for cat", page.Value);
        Assert.Contains("Tag lost", page.Value); // the table of classes, which needs no truth
        Assert.DoesNotContain("pixel accuracy", page.Value);
    }

    [Fact]
    public void RefinedLabelsAreTheMasksToUse()
    {
        FinishedRun run = Run(["dog", "cat"], truth: true);
        string page = Page(run with { Refined = run.Predictions[0] with { Name = "train", Folder = _folder.At("refined") } }).Value;
        Assert.Contains("Refined labels, mIoU", page);
        Assert.Contains("labelled the pictures anew under their tags, at mean IoU", page);
        Assert.DoesNotContain("Refined labels", Page(run).Value);
    }

    [Fact]
    public void PicturesOfWhichNothingWasSaidHaveTheirPart()
    {
        FinishedRun run = Run(["dog", "cat"], truth: false);
        TaggedImage[] untagged = [.. run.Data.Of(Split.Train).Select(static image => image with { Tags = [] })];
        XElement page = Page(run with { Predictions = [run.Predictions[0] with { Name = "untagged", Result = Predicted(untagged) }] });
        Assert.Contains("Pictures without tags", Titles(page));
        Assert.Contains("12 pictures (untagged)", page.Value);
    }

    [Fact]
    public void StagesThatAreMissingLeaveTheirPartsOut()
    {
        FinishedRun whole = Run(["dog", "cat"], truth: false);
        FinishedRun labelled = whole with { Segmentation = null, Predictions = [] };
        Assert.Contains("./rca segment", Page(labelled).Value);
        Assert.DoesNotContain("Segmentation", Page(labelled).Value);

        FinishedRun trained = labelled with { Labels = null };
        XElement page = Page(trained);
        Assert.Contains("./rca label", page.Value);
        Assert.DoesNotContain(Titles(page), static title => title == "Most doubtful");

        Assert.Contains("Nothing has been made yet", Page(trained with { Classification = null, Data = trained.Data with { Images = [] } }).Value);
    }

    [Fact]
    public void OneClassIsEnough()
    {
        XElement page = Page(Run(["dog"], truth: true));
        Assert.Contains("of one class", page.Value);
        Assert.Contains("A class is on nearly every picture", page.Value);
    }

    [Fact]
    public void WeightsAreNamedWithOriginAndLicence()
    {
        FinishedRun run = Run(["dog"], truth: false);
        var options = TinyRuns.Classification with { Backbone = "resnet18", Weights = "/some/where/resnet18-f37072fd.pth" };
        string text = Page(run with { Classification = run.Classification! with { Options = options } }).Value;
        Assert.Contains("IMAGENET1K_V1", text);
        Assert.Contains("BSD-3-Clause", text);
        Assert.DoesNotContain("random weights", text);
        Assert.Contains("not known; a file of yours", Page(run with { Classification = run.Classification! with { Options = options with { Weights = "mine.pth" } } }).Value);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    public void NamesFromOutsideStayText(string text)
    {
        FinishedRun run = Run([text, "cat"], truth: true);
        TaggedImage[] images = [.. run.Data.Images.Select(image => image with { Name = $"{text}{image.Name}" })];
        XElement page = Page(run with
        {
            Title = text,
            Data = run.Data with { Root = text, Images = images },
            CommandLine = text,
            Predictions = [run.Predictions[0] with { Name = text, Explanation = text }],
        });
        Assert.DoesNotContain(page.Descendants(), static element => element.Name.LocalName == "script");
        Assert.DoesNotContain(page.Descendants().Attributes(), static attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.Contains(page.Descendants("pre"), element => element.Value.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Nothing but the choice of pictures reaches the page: its size does not follow the number of pictures and classes.</summary>
    [Fact]
    public void ThePageIsBounded()
    {
        FinishedRun run = Run([.. Enumerable.Range(0, 300).Select(static i => $"class{i}")], truth: true);
        PictureOutcome[] many = [.. Enumerable.Range(0, 5000).Select(i => run.Labels!.Result.Outcomes[i % 12])];
        ReportContent content = RunReport.Content(run with
        {
            Labels = run.Labels! with { Result = run.Labels.Result with { Outcomes = many } },
            Predictions = [run.Predictions[0] with { Result = run.Predictions[0].Result with { Outcomes = many } }],
        }, TestContext.Current.CancellationToken);
        Assert.All(content.Galleries, static gallery => Assert.InRange(gallery.Examples.Count, 1, 8));
        Assert.InRange(content.Galleries.Count, 3, 5);
        Assert.InRange(Page(run).Descendants("tr").Count(), 250, 500);
    }

    [Fact]
    public void PicturesThatAreGoneAreLeftOut()
    {
        FinishedRun run = Run(["dog", "cat"], truth: false);
        foreach (TaggedImage image in run.Data.Images.Skip(1)) File.Delete(image.Path);
        Directory.Delete(run.Labels!.Folder, recursive: true);
        Assert.All(RunReport.Content(run, TestContext.Current.CancellationToken).Galleries, static gallery => Assert.Null(Assert.Single(gallery.Examples).PseudoLabel));
    }

    private XElement Page(FinishedRun run)
    {
        Directory.CreateDirectory(_folder.At("out"));
        return ReportWriterTests.Parse(File.ReadAllText(RunReport.Write(_folder.At("out"), run, TestContext.Current.CancellationToken)));
    }

    private static string[] Titles(XElement page) => [.. page.Descendants("h2").Select(static title => title.Value)];

    /// <summary>12 pictures of the first class, every second one tagged with the second one too, which is never found; the label of the first is half ignored.</summary>
    private FinishedRun Run(string[] classes, bool truth)
    {
        var images = new List<TaggedImage>();
        var outcomes = new List<PictureOutcome>();
        for (int i = 0; i < 12; i++)
        {
            ushort[] labels = [.. Enumerable.Range(0, 48).Select(k => k < 24 ? i == 0 ? LabelMap.Ignore : (ushort)1 : (ushort)0)];
            string mask = _folder.Mask($"labels/{i}.png", 8, 6, labels);
            int[] tags = i % 2 == 1 && classes.Length > 1 ? [0, 1] : [0];
            images.Add(new TaggedImage($"{i}.png", _folder.Picture($"images/{i}.png"), tags, Split.Train, truth ? mask : null));
            outcomes.Add(PictureOutcome.Of(images[i], new LabelMap(8, 6, labels), i == 0 ? 0.45 : 0.01 * i) with { Iou = truth ? i / 11.0 : null });
        }
        var folder = new RunFolder(_folder.At("run"));
        Directory.CreateDirectory(folder.Path);
        folder.WriteMetrics(1, [("loss", 0.5), ("val_tag_precision", 0.9)]);
        var matrix = new ConfusionMatrix(classes.Length);
        matrix.Add(new LabelMap(2, 1, [0, 1]), new LabelMap(2, 1, [0, 1]));
        EvaluationReport? report = truth ? matrix.ToReport(classes) : null;
        var unreadable = new Dictionary<string, string>();
        return new FinishedRun
        {
            Title = "Photos",
            Data = new TaggedDataset("photos", classes, images, []),
            Made = new DateTimeOffset(2026, 3, 4, 5, 6, 0, TimeSpan.Zero),
            Classification = new(folder, TinyRuns.Classification),
            Labels = new(_folder.At("labels"), new LabellingOptions(), new LabellingResult(12, report, report, unreadable, [], "cpu fp32", 1) { Outcomes = outcomes }),
            Segmentation = new(folder, TinyRuns.Segmentation),
            Predictions = [new("val", _folder.At("labels"), new PredictionOptions(), Predicted(images) with { Evaluation = report })],
            Times = [new("train", 1)],
            CommandLine = "./rca start photos",
        };
    }

    private static PredictionResult Predicted(IReadOnlyList<TaggedImage> images) => new(images.Count, null, new Dictionary<string, string>(), "cpu fp32", 1)
    {
        Outcomes = [.. images.Select(static (image, i) => new PictureOutcome(image, [new(0, 0.5f), new((ushort)1, 0.5f)], 0, 0.1)
        {
            Iou = image.HasMask ? 0.5 : null,
            Agreement = i == 3 ? 0.2 : 0.9,
        })],
    };
}
