using System.Text.Json;
using Rca.Presets;
using Rca.Runs;

namespace Rca.Tests.Presets;

public sealed class PresetTests : SingleThread
{
    public static TheoryData<string> Names => [.. Preset.All.Select(static preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AllStagesOfAPresetWorkOnTheMiniatureTree(string name)
    {
        using var folder = new TemporaryFolder();
        DryRunResult result = DryRun.Run(Preset.Named(name), folder.At("run"), Fp32, null, TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(result.Loss) && double.IsFinite(result.SegmentationLoss));
        Assert.Equal(result.TrainPictures, result.Labels);
        Assert.Equal(10, result.TrainPictures + result.Predictions); // train and val are the whole tree
        Assert.InRange(result.MeanIou, 0, 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void APresetIsWholeAndInRange(string name)
    {
        Preset preset = Preset.Named(name);
        preset.Classification.Validate();
        preset.Labelling.Validate();
        preset.Segmentation.Validate();
        preset.Prediction.Validate();
        // Every setting that 'preset show' lists can be typed back.
        string[] typed = [.. SettingOverrides.List(preset.Classification).Select(static item => $"{item.Name}={item.Value}")];
        Assert.Equal(Json(preset.Classification), Json(SettingOverrides.Apply(preset.Classification, typed)));
        Assert.Contains("crf.bilateral_sxy", SettingOverrides.List(preset.Labelling).Select(static item => item.Name));
    }

    [Fact]
    public void AnUnknownNameHasANeighbour() =>
        Assert.Contains("Did you mean 'voc-released'?", Assert.Throws<RcaException>(() => Preset.Named("voc-release")).Message);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
