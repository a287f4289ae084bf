using System.Text.Json;
using Rca.Classification;
using Rca.Labelling;
using Rca.Presets;
using Rca.Segmentation;
using Rca.Text;

namespace Rca.Tests.Presets;

public sealed class PresetTests
{
    public static TheoryData<string> Names => [.. Preset.All.Select(static preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void APresetIsWholeAndInRange(string name)
    {
        Preset preset = Preset.Named(name);
        preset.Classification.Validate();
        preset.Labelling.Validate();
        preset.Segmentation.Validate();
        preset.Prediction.Validate();
        AssertTypedBack(preset.Classification, new ClassificationOptions());
        AssertTypedBack(preset.Labelling, new LabellingOptions());
        AssertTypedBack(preset.Segmentation, new SegmentationOptions());
        if (name != "scenes-demo") Assert.Equal((1, null), (preset.Segmentation.BackgroundWeight, preset.Prediction.BackgroundWeight)); // as published
        Assert.Contains("crf.bilateral_sxy", SettingOverrides.List(preset.Labelling).Select(static item => item.Name));
    }

    [Fact]
    public void AnUnknownNameHasANeighbour() =>
        Assert.Contains("Did you mean 'voc-released'?", Assert.Throws<RcaException>(() => Preset.Named("voc-release")).Message);

    /// <summary>Every setting that 'preset show' lists, typed by its name, makes the preset of the usual settings.</summary>
    private static void AssertTypedBack<T>(T preset, T usual) where T : class
    {
        string[] typed = [.. SettingOverrides.List(preset).Select(static item => $"{item.Name}={item.Value}")];
        Assert.Equal(Json(preset), Json(SettingOverrides.Apply(usual, typed)));
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
