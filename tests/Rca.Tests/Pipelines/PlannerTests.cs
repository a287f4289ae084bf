using Rca.Pipelines;
using Rca.Reporting;

namespace Rca.Tests.Pipelines;

public sealed class PlannerTests
{
    private static readonly PipelineOptions Usual = PipelineOptions.Usual("resnet18-cntk");
    private static readonly PictureCounts Photographs = new(Train: 1600, Val: 400, Test: 400, Untagged: 0, LongerSide: 400);
    private static readonly MachineSpeed Speed = new(StepSeconds: 3, LookSeconds: 1, FinishSeconds: 0.2);

    [Fact]
    public void TheUsualSettingsSuitAFewThousandPhotographs()
    {
        Plan plan = Choose(Photographs, new PlanRequest());
        Assert.Empty(plan.Changes);
        Assert.Equal(["train", "label", "segment", "predict val", "predict test", "report"], plan.Stages.Select(static stage => stage.Name));
        double pixels = Usual.Classification.Size * Usual.Classification.Size / 1e6;
        Assert.Equal(1600 * Usual.Classification.Epochs * pixels * 3 + 400 * pixels, plan.Stages[0].Seconds, 0.1); // one judgement of the val pictures
        Assert.Equal(2 * 500 * (2 * pixels + 0.2) + 1600 * (pixels * (1 + 2.25) * 2 + 0.2), plan.Stages[1].Seconds, 0.1); // background is learnt in two rounds

        IReadOnlyList<StageTime> refining = new Planner(Usual with { Refinements = 1 }, Photographs, Speed).Choose(new PlanRequest()).Stages;
        Assert.Equal(["refine 1", "segment again 1"], refining.Skip(3).Take(2).Select(static stage => stage.Name));
        Assert.Equal(refining[2].Seconds, refining[4].Seconds);
    }

    [Theory]
    [InlineData(20, 500, 250)] // a step an epoch, and two of half as many pictures
    [InlineData(160, 50, 25)]
    [InlineData(1600, null, null)]
    [InlineData(10_000, null, null)]
    [InlineData(100_000, 3, 3)] // 18,750 steps, and twice as many
    public void StepsAreWhatANetworkNeeds(int train, int? classification, int? segmentation)
    {
        Plan plan = Choose(Photographs with { Train = train }, new PlanRequest());
        Assert.Equal((classification ?? Usual.Classification.Epochs, segmentation ?? Usual.Segmentation.Epochs), (plan.Options.Classification.Epochs, plan.Options.Segmentation.Epochs));
    }

    [Theory]
    [InlineData(1600, 1)]
    [InlineData(160, 2)]
    [InlineData(100_000, 1)]
    public void ContrastStartsWithinTheRun(int train, int start)
    {
        PipelineOptions rca = Usual with { Classification = Usual.Classification.AsRca() };
        Assert.Equal(start, new Planner(rca, Photographs with { Train = train }, Speed).Choose(new PlanRequest()).Options.Classification.ContrastStart);
        Assert.Equal(2, Choose(Photographs with { Train = train }, new PlanRequest()).Options.Classification.ContrastStart); // plain maps have none
    }

    [Theory]
    [InlineData(64, 128, 128)]
    [InlineData(100, 192, 192)]
    [InlineData(112, 224, 224)]
    [InlineData(4000, 288, 256)]
    public void SmallPicturesAreNotEnlargedForNothing(int side, int classification, int segmentation)
    {
        Plan plan = Choose(Photographs with { LongerSide = side }, new PlanRequest());
        Assert.Equal((classification, segmentation), (plan.Options.Classification.Size, plan.Options.Segmentation.Size));
    }

    [Theory]
    [InlineData(90)]
    [InlineData(60)]
    [InlineData(30)]
    [InlineData(20)]
    public void MinutesAreKept(double minutes)
    {
        Plan plan = Choose(Photographs, new PlanRequest(Minutes: minutes));
        Assert.InRange(plan.Seconds, 0.4 * 60 * minutes, 60 * minutes); // without giving away more than it must
        Assert.NotEmpty(plan.Changes);
    }

    [Fact]
    public void WhatCostsLeastAccuracyIsSavedFirst()
    {
        double usual = Choose(Photographs, new PlanRequest()).Seconds;
        Plan plan = Choose(Photographs, new PlanRequest(Minutes: usual / 0.9 / 60 - 0.1));
        Assert.Equal(["labelling.background.pictures: 150 instead of 500"], plan.Changes);

        Plan shorter = Choose(Photographs, new PlanRequest(Minutes: 0.7 * usual / 0.9 / 60));
        Assert.Equal((Usual.Classification.Size, Usual.Segmentation.Epochs), (shorter.Options.Classification.Size, shorter.Options.Segmentation.Epochs));

        // With refinements these go before anything of the classification network does.
        var refining = new Planner(Usual with { Refinements = 2 }, Photographs, Speed);
        double refined = refining.Choose(new PlanRequest()).Seconds;
        Plan without = refining.Choose(new PlanRequest(Minutes: 0.55 * refined / 0.9 / 60));
        Assert.Equal((0, Usual.Classification.Epochs), (without.Options.Refinements, without.Options.Classification.Epochs));
    }

    [Fact]
    public void QuickIsTwoThirdsOfTheUsualTimeAtTheSameSize()
    {
        Plan usual = Choose(Photographs, new PlanRequest()), quick = Choose(Photographs, new PlanRequest(Quick: true));
        Assert.InRange(quick.Seconds, 0.5 * usual.Seconds, 0.7 * usual.Seconds);
        Assert.Equal(usual.Options.Classification.Size, quick.Options.Classification.Size);
        Assert.True(Choose(Photographs, new PlanRequest(Quick: true, Minutes: 20)).Seconds <= 20 * 60);
    }

    [Fact]
    public void MinutesThatAreOfNoUseAreRefusedWithTheLeast()
    {
        string message = Assert.Throws<RcaException>(() => Choose(Photographs, new PlanRequest(Minutes: 2))).Message;
        Assert.Matches("2 minutes are too few .* 1600 pictures to learn from and 800 to predict take at least [0-9]+ minutes", message);
        double least = double.Parse(message.Split("at least ")[1].Split(' ')[0]);
        Assert.True(Choose(Photographs, new PlanRequest(Minutes: least)).Seconds <= 60 * least);
    }

    [Fact]
    public void ManyPicturesAreTimeAloneUnlessMinutesSayOtherwise()
    {
        Plan few = Choose(Photographs with { Train = 40_000 }, new PlanRequest()), many = Choose(Photographs with { Train = 400_000 }, new PlanRequest());
        Assert.Equal((few.Options.Classification.Size, few.Options.Labelling), (many.Options.Classification.Size, many.Options.Labelling));
        Assert.True(many.Seconds > 4 * few.Seconds);
    }

    [Fact]
    public void ARunFromNothingIsPlannedLikewise()
    {
        PipelineOptions usual = PipelineOptions.Usual(null);
        Plan plan = new Planner(usual, Photographs, Speed).Choose(new PlanRequest());
        Assert.Equal(80, plan.Options.Classification.Epochs);
        // Most of the run sees pictures of half the side.
        Assert.InRange(plan.Stages[0].Seconds, 0.3 * 1600 * 80 * 0.128 * 0.128 * 3, 0.6 * 1600 * 80 * 0.128 * 0.128 * 3);
    }

    [Theory]
    [InlineData("resnet18-cntk", "resnet18-cntk")]
    [InlineData("vgg16", "vgg16")]
    [InlineData("files/resnet50-0676ba61.pth", "resnet50")]
    public void WeightsNameTheirBackbone(string weights, string backbone)
    {
        PipelineOptions usual = PipelineOptions.Usual(weights);
        Assert.Equal((backbone, weights), (usual.Classification.Backbone, usual.Classification.Weights));
        Assert.Equal((backbone, null), (usual.Segmentation.Backbone, usual.Segmentation.Weights)); // it goes on from the classification network
        usual.Validate();
    }

    [Fact]
    public void WeightsOfAnUnknownBackboneAreRefused() =>
        Assert.Contains("vgg16", Assert.Throws<RcaException>(() => PipelineOptions.Usual("mine.pth")).Message);

    private static Plan Choose(PictureCounts counts, PlanRequest request) => new Planner(Usual, counts, Speed).Choose(request);
}
