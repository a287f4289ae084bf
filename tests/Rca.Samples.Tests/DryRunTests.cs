using Rca.Presets;
using Rca.Tests;

namespace Rca.Samples.Tests;

public sealed class DryRunTests : SingleThread
{
    public static TheoryData<string> Names => [.. Preset.All.Select(static preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AllStagesOfAPresetWorkOnTheMiniatureTree(string name)
    {
        using var folder = new TemporaryFolder();
        DryRunResult result = DryRun.Run(Preset.Named(name), folder.At("run"), Fp32, TimeProvider.System, null, TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(result.Loss) && double.IsFinite(result.SegmentationLoss));
        Assert.Equal(result.TrainPictures, result.Labels);
        Assert.Equal(10, result.TrainPictures + result.Predictions); // train and val are the whole tree
        Assert.InRange(result.MeanIou, 0, 1);
    }
}
