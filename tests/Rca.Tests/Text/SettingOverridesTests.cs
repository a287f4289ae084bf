using Rca.Classification;
using Rca.Computing;
using Rca.Labelling;
using Rca.Text;

namespace Rca.Tests.Text;

public sealed class SettingOverridesTests
{
    [Fact]
    public void ChangesWhatIsNamedAndNothingElse()
    {
        var before = new ClassificationOptions { Seed = 3 };
        ClassificationOptions after = SettingOverrides.Apply(before,
            ["epochs=1", "memory_momentum = 0.99", "contrast=false", "precision=bf16", "backbone=resnet18", "epochs=7"]);
        Assert.Equivalent(before with { Epochs = 7, MemoryMomentum = 0.99, Contrast = false, Precision = Precision.Bf16, Backbone = "resnet18" }, after, strict: true);
    }

    [Fact]
    public void ReachesListsAndPartsOfSettings()
    {
        LabellingOptions after = SettingOverrides.Apply(new LabellingOptions(), ["scales=[0.5,1]", "crf.bilateral_sxy=40"]);
        Assert.Equal([0.5, 1], after.Scales);
        Assert.Equal(new() { BilateralSxy = 40 }, after.Crf);
        Assert.Null(SettingOverrides.Apply(after, ["crf=null"]).Crf);
    }

    [Fact]
    public void ReportsAllMistakesAtOnce()
    {
        var e = Assert.Throws<RcaException>(() => SettingOverrides.Apply(new ClassificationOptions(),
            ["epoch=3", "epochs=many", "epochs", "=3", "backbone=null", "epochs.first=1", "precision=fp8", "precision=1", "uses_memory=false"]));
        Assert.Contains("'epoch' is not a setting. Did you mean 'epochs'?", e.Message, StringComparison.Ordinal);
        Assert.Contains("epochs cannot be 'many'; without the change it is 80", e.Message, StringComparison.Ordinal);
        Assert.Contains("'epochs' is not of the form name=value", e.Message, StringComparison.Ordinal);
        Assert.Contains("'=3' is not of the form name=value", e.Message, StringComparison.Ordinal);
        Assert.Contains("backbone cannot be 'null'", e.Message, StringComparison.Ordinal);
        Assert.Contains("'epochs.first' is not a setting: epochs has no parts", e.Message, StringComparison.Ordinal);
        Assert.Contains("precision cannot be 'fp8'; without the change it is \"auto\"", e.Message, StringComparison.Ordinal);
        Assert.Contains("precision cannot be '1'", e.Message, StringComparison.Ordinal);
        Assert.Contains("'uses_memory' is not a setting", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesOutOfRangeAreLeftToTheRangeCheck()
    {
        ClassificationOptions endless = SettingOverrides.Apply(new ClassificationOptions(), ["learning_rate=1e999", "seed=1"]);
        Assert.Contains("learning rate is ", Assert.Throws<RcaException>(endless.Validate).Message, StringComparison.Ordinal);
        LabellingOptions flat = SettingOverrides.Apply(new LabellingOptions(), ["crf.bilateral_sxy=0", "crf.iterations=-1"]);
        string message = Assert.Throws<RcaException>(flat.Validate).Message;
        Assert.Contains("CRF bilateral sxy is 0", message, StringComparison.Ordinal);
        Assert.Contains("CRF iterations is -1", message, StringComparison.Ordinal);
    }
}
