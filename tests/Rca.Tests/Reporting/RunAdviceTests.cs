using Rca.Reporting;

namespace Rca.Tests.Reporting;

public class RunAdviceTests
{
    /// <summary>Nothing to complain about.</summary>
    private static readonly RunFigures Good = new()
    {
        Classes = [Class("dog"), Class("cat")],
        TrainPictures = 250,
        ValPictures = 20,
        FromNothing = false,
        TagPrecision = 0.9,
        Losses = [3, 2, 1, 0.6, 0.4, 0.4],
        SegmentationLosses = [2, 1, 0.6, 0.5, 0.4, 0.4],
        Labelled = 250,
        Compared = 250,
        MapsIou = 0.5,
        LabelsIou = 0.6,
        PredictionsJudged = true,
        Crf = true,
        DataFolder = "photos",
        LabelFolder = "runs/one/labels",
        ClassificationFolder = "runs/one/classification",
        SegmentationFolder = "runs/one/segmentation",
    };

    [Fact]
    public void AGoodRunIsThereToBeUsed()
    {
        Advice only = Assert.Single(RunAdvice.Of(Good));
        Assert.Equal("./rca predict runs/one/segmentation PICTURES --out predictions", only.Command);
    }

    [Fact]
    public void RarePicturesAreNamedWithTheirNumbers()
    {
        Assert.Contains("fox (3), cow (19):", Only(Good with { Classes = [Class("dog"), Class("cow", 19), Class("fox", 3), Class("owl", 20)] }).Text);
        Advice many = Only(Good with { Classes = [.. Enumerable.Range(0, 9).Select(static i => Class($"c{i}", i))] });
        Assert.Contains("c4 (4) and 4 more", many.Text);
    }

    [Fact]
    public void ASingleClassNeedsPicturesWithoutIt()
    {
        Advice piece = Only(Good with { Classes = [Class("dog", 225)] });
        Assert.Contains("dog", piece.Text);
        Assert.Contains("do not show it", piece.Text);
        None(Good with { Classes = [Class("dog", 224)] });
    }

    [Fact]
    public void ClassesThatComeTogetherAreNamed()
    {
        Assert.Contains("train with rails", Only(Good with { Classes = [Class("train") with { Companion = ("rails", 0.9) }, Class("rails")] }).Text);
        None(Good with { Classes = [Class("train") with { Companion = ("rails", 0.89) }] });
    }

    [Fact]
    public void LostTagsAreNamed()
    {
        Assert.Contains("cat (in 20 of 100 pictures)", Only(Good with { Classes = [Class("dog"), Class("cat") with { WithoutPixels = 20 }] }).Text);
        None(Good with { Classes = [Class("cat") with { WithoutPixels = 19 }] });
        None(Good with { Classes = [Class("cat") with { Labelled = 4, WithoutPixels = 4 }] }); // too few to tell
    }

    [Fact]
    public void LargeMasksAndEmptyOnesMoveAlphaToTheirSides()
    {
        Advice large = Only(Good with { Classes = [Class("dog") with { MeanShare = 0.8 }] });
        Assert.Contains("dog (80 %)", large.Text);
        Assert.Equal("./rca label runs/one/classification photos --out runs/one/labels-again --set background=null --alpha 2", large.Command);
        Assert.EndsWith("--alpha 8", Only(Good with { IgnoredWhole = 25 }).Command);
        Advice learnt = Only(Good with { IgnoredWhole = 25, BackgroundWeight = 0.35 });
        Assert.Contains("a lower weight of background makes less background", learnt.Text);
        Assert.EndsWith("--set background.weight=0.175", learnt.Command);
        None(Good with { IgnoredWhole = 24 });
    }

    [Theory]
    [InlineData(new[] { 1.0 }, "1 epoch is a first look", "--epochs 10")]
    [InlineData(new[] { 1.0, 0.9, 0.9 }, "3 epochs are a first look", "--epochs 10")]
    [InlineData(new[] { 3, 2, 1, 0.6, 0.5, 0.4 }, "from 0.500 to 0.400", "--epochs 12")]
    [InlineData(new[] { 3, 2, 1, 0.6, 0.41, 0.4 }, null, null)]
    [InlineData(new[] { 3, 2, 1, 0.6, 0.4, 0.5 }, null, null)]
    [InlineData(new double[0], null, null)]
    public void LossesThatStillFallAskForMoreEpochs(double[] losses, string? found, string? command)
    {
        RunFigures open = Good with { FromNothing = null }, first = open with { Losses = losses }, second = open with { SegmentationLosses = losses };
        if (found is null)
        {
            None(first);
            None(second);
            return;
        }
        Advice train = Only(first), segment = Only(second);
        Assert.Contains(found, train.Text);
        Assert.Equal($"./rca train photos --out runs/one/classification-longer {command}", train.Command);
        Assert.Equal($"./rca segment photos --labels runs/one/labels --backbone-from runs/one/classification --out runs/one/segmentation-longer {command}", segment.Command);
    }

    [Fact]
    public void FromPublicWeightsFewEpochsAreEnough()
    {
        Assert.Contains("2 epochs are a first look", Only(Good with { FromNothing = false, Losses = [1, 0.5] }).Text);
        None(Good with { FromNothing = false, Losses = [1, 0.5, 0.3] });
        None(Good with { FromNothing = false, SegmentationLosses = [1, 0.5, 0.3, 0.2, 0.1] });
        Assert.Contains("from 0.500 to 0.400", Only(Good with { FromNothing = false, Losses = [.. Enumerable.Repeat(1.0, 10), 0.5, 0.4] }).Text);
    }

    [Fact]
    public void TheLastTenthOfALongRunDecides() =>
        Assert.Contains("from 0.250 to 0.150", Only(Good with { FromNothing = null, Losses = [.. Enumerable.Repeat(1.0, 16), 0.3, 0.2, 0.2, 0.1] }).Text);

    [Fact]
    public void TruthSpeaksWhereThereIsSome()
    {
        Assert.EndsWith("--no-crf", Only(Good with { LabelsIou = 0.47 }).Command);
        None(Good with { LabelsIou = 0.49 });
        Assert.Contains("cat (0.29)", Only(Good with { Classes = [Class("dog") with { Iou = 0.3 }, Class("cat") with { Iou = 0.29 }] }).Text);
        Assert.Contains(Path.Combine("photos", "masks"), Only(Good with { MapsIou = null, LabelsIou = null, PredictionsJudged = false }).Text);
        None(Good with { MapsIou = null, LabelsIou = null });
    }

    [Fact]
    public void EverythingElseThatNeedsALook()
    {
        Assert.Equal("./rca check photos", Only(Good with { Unreadable = 1 }).Command);
        Assert.StartsWith("1 file could", Only(Good with { Unreadable = 1 }).Title);
        Assert.Equal("./rca weights list", Only(Good with { FromNothing = true }).Command);
        Assert.Contains("0.55", Only(Good with { TagPrecision = 0.55 }).Text);
        Assert.Contains("runs/one/labels", Only(Good with { Doubtful = 3 }).Text);
        Assert.Equal("The two networks disagree on 7 pictures of 250", Only(Good with { Disagreeing = 7 }).Title);
        Assert.Contains("val", Only(Good with { ValPictures = 0 }).Text);
    }

    [Fact]
    public void WhatWasNotMadeIsTheNextCommand()
    {
        RunFigures labelled = Good with { SegmentationFolder = null, SegmentationLosses = [] };
        Assert.Equal("./rca segment photos --labels runs/one/labels --backbone-from runs/one/classification --out runs/one/labels-segmentation", RunAdvice.Of(labelled)[^1].Command);
        RunFigures trained = labelled with { LabelFolder = null, Labelled = 0, Compared = 0, MapsIou = null, LabelsIou = null };
        Assert.Equal("./rca label runs/one/classification photos --out runs/one/classification-labels", RunAdvice.Of(trained)[^1].Command);
        Assert.Equal("./rca check photos", RunAdvice.Of(trained with { ClassificationFolder = null })[^1].Command);
    }

    [Theory]
    [InlineData("/home/me/photos-2_x.y", "/home/me/photos-2_x.y")]
    [InlineData("my photos", "'my photos'")]
    [InlineData("a'; rm -r b", "'a'\\''; rm -r b'")]
    [InlineData("$(x)`y`\\", "'$(x)`y`\\'")]
    [InlineData("~/x", "'~/x'")]
    [InlineData("", "''")]
    public void PathsAreOneWordOfTheShell(string path, string word) => Assert.Equal(word, RunAdvice.Shell(path));

    private static ClassFigures Class(string name, int tagged = 100) => new(name, tagged) { Labelled = 100, MeanShare = 0.2, Iou = 0.6 };

    /// <summary>The one piece beside what a good run gives.</summary>
    private static Advice Only(RunFigures figures) => Assert.Single(RunAdvice.Of(figures).SkipLast(1));

    private static void None(RunFigures figures) => Assert.Single(RunAdvice.Of(figures));
}
