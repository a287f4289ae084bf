using Rca.Data;
using Rca.Pipelines;
using Rca.Reporting;
using Rca.Text;

namespace Rca.Tests.Pipelines;

public sealed class WholeRunTests : SingleThread
{
    private static readonly MachineSpeed Speed = new(StepSeconds: 3, LookSeconds: 1, FinishSeconds: 0.2);

    [Fact]
    public void APlanIsMadeOnce()
    {
        using var folder = new TemporaryFolder();
        WholeRun run = New(folder);
        Plan first = Prepare(run, new PlanRequest(Weights: "none", Minutes: 30, Seed: 7));
        Plan second = Prepare(run, new PlanRequest(), _ => throw new InvalidOperationException("measured again"));

        Assert.Equal(new PlanRequest("none", "cam", 30, false, 7), second.Request);
        Assert.Equal((7, 7), (second.Options.Classification.Seed, second.Options.Segmentation.Seed));
        Assert.Equal(first.Options.Classification.Epochs, second.Options.Classification.Epochs);
        Assert.Equal(first.Stages, second.Stages);
        Assert.Equal(first.Changes, second.Changes);
    }

    [Fact]
    public void AStartWithOtherOptionsSaysWhatDiffers()
    {
        using var folder = new TemporaryFolder();
        WholeRun run = New(folder);
        Prepare(run, new PlanRequest(Weights: "none"));

        Assert.NotNull(Prepare(run, new PlanRequest(Weights: "none", Method: "cam", Seed: 0))); // the same, spelt out
        string message = Assert.Throws<RcaException>(() => Prepare(run, new PlanRequest(Weights: "vgg16", Minutes: 5, Quick: true))).Message;
        Assert.Contains("weights: the run has none, now vgg16", message);
        Assert.Contains("minutes: the run has none, now 5", message);
        Assert.Contains("quick: the run has no, now yes", message);
        Assert.DoesNotContain("seed", message);
    }

    [Fact]
    public void APlanKeepsAllItsSettings()
    {
        using var folder = new TemporaryFolder();
        var plan = new Plan(new PlanRequest("resnet18-cntk"), PipelineOptions.Usual("resnet18-cntk") with { Refinements = 1 }, [new StageTime("train", 1)], []);
        plan.Write(folder.Path);
        Plan found = Plan.Find(folder.Path, new PlanRequest())!;
        Assert.Equal(1, found.Options.Refinements);
        Assert.Equal(SettingOverrides.List(plan.Options), SettingOverrides.List(found.Options));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10)]
    public void RefinementsHaveARange(int refinements)
    {
        PipelineOptions options = PipelineOptions.Usual(null) with { Refinements = refinements };
        Assert.Contains("expected 0 to 9", Assert.Throws<RcaException>(options.Validate).Message);
    }

    [Fact]
    public void PlainCamIsPlannedToo()
    {
        using var folder = new TemporaryFolder();
        Plan plan = Prepare(New(folder), new PlanRequest(Weights: "none", Method: "cam"));
        Assert.False(plan.Options.Classification.UsesMemory);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("NaN")]
    public void MinutesMustBeAboveNothing(string minutes)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("expected more than 0", Assert.Throws<RcaException>(() => Prepare(New(folder), new PlanRequest(Weights: "none", Minutes: double.Parse(minutes)))).Message);
    }

    [Fact]
    public void MissingWeightsAreRefusedBeforeAnythingIsMade()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("vgg16-0.pth", Assert.Throws<RcaException>(() => Prepare(New(folder), new PlanRequest(Weights: "vgg16-0.pth"))).Message);
        Assert.False(Directory.Exists(folder.At("run")));
    }

    [Fact]
    public void AMachineIsMeasuredOnThePictures()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var options = new PipelineOptions(TinyRuns.Classification, new(), TinyRuns.Segmentation, new());
        MachineSpeed speed = MachineSpeed.Measure(data, options, Fp32, TestContext.Current.CancellationToken);
        Assert.True(speed is { StepSeconds: > 0, LookSeconds: > 0, FinishSeconds: > 0 });
    }

    private WholeRun New(TemporaryFolder folder) => new(ShapeScenes.Write(folder, 6, 32, val: 2), folder.At("run"), Fp32, TimeProvider.System);

    private static Plan Prepare(WholeRun run, PlanRequest request, Func<PipelineOptions, MachineSpeed>? measure = null) =>
        run.Prepare(request, measure ?? Measured, TestContext.Current.CancellationToken);

    private static MachineSpeed Measured(PipelineOptions usual) => Speed;
}
