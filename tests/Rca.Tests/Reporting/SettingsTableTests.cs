using Rca.Computing;
using Rca.Labelling;
using Rca.Reporting;

namespace Rca.Tests.Reporting;

public class SettingsTableTests
{
    [Fact]
    public void NamesInnerValuesByTheirPathAndWritesValuesForPeople()
    {
        var rows = SettingsTable.Of("Labelling", new LabellingOptions { Flip = true, Scales = [0.5, 1] }).Rows.ToDictionary();
        Assert.Equal("0.5, 1", rows["scales"]);
        Assert.Equal("yes", rows["flip"]);
        Assert.Contains(rows.Keys, static name => name.StartsWith("crf.", StringComparison.Ordinal));
        Assert.Equal("none", SettingsTable.Of("Labelling", new LabellingOptions { Crf = null }).Rows.ToDictionary()["crf"]);
    }

    [Fact]
    public void EnumerationsAndInfinitiesHaveNames()
    {
        var rows = SettingsTable.Of("t", new { LearningRate = double.PositiveInfinity, Precision = Precision.Bf16 }).Rows.ToDictionary();
        Assert.Equal("Infinity", rows["learning_rate"]);
        Assert.Equal("bf16", rows["precision"]);
    }
}
