using Rca.Classification;
using Rca.Data;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class AccumulatedMapsTests : SingleThread
{
    private const float Low = -9; // far below the probability of 0.1
    private static readonly string[] Classes = ["cat", "dog", "cow"];
    private static readonly int[][] Tags = [[0, 2], []];
    private static readonly TaggedImage[] Images = [Image("a.jpg", Tags[0]), Image("sub/b.jpg", Tags[1])];

    [Fact]
    public void TheMaximumOverEpochsIsKeptForTaggedClassesAlone()
    {
        using var folder = new TemporaryFolder();
        var maps = new AccumulatedMaps(folder.Path, Images, Classes);
        maps.Add([0, 1], Tags, Maps([1, 2, 4, -8], [9, 9, 9, 9], [Low, Low, Low, Low]));
        maps.Add([0], [Tags[0]], Maps([3, 0, 1, 1], [0, 0, 0, 0], [0, 0, 5, 10]).Narrow(0, 0, 1));
        maps.Save();
        ActivationMap found = ActivationMapFile.Read(folder.At("a.npz"), Tags[0], Classes);
        Assert.Equal((2, 2), (found.Width, found.Height));
        // Cat: the maxima of 1 2 4 0 over 4 and 3 0 1 1 over 3. Cow: too unlikely in the first epoch.
        Values.AssertClose([1, 0.5f, 1, 1 / 3f, 0, 0, 0.5f, 1], found.Values, 1 / 510f + 1e-6);
        Assert.False(Directory.Exists(folder.At("sub"))); // nothing is tagged there
    }

    [Fact]
    public void WhatWasSavedGoesOnAndARepeatedEpochChangesNothing()
    {
        using var folder = new TemporaryFolder();
        Tensor first = Maps([1, 2, 4, 0], [0, 0, 0, 0], [1, 1, 1, 2]), second = Maps([4, 2, 1, 0], [0, 0, 0, 0], [2, 1, 1, 1]);
        var whole = new AccumulatedMaps(folder.At("whole"), Images, Classes);
        whole.Add([0, 1], Tags, first);
        whole.Add([0, 1], Tags, second);
        whole.Save();
        var parts = new AccumulatedMaps(folder.At("parts"), Images, Classes);
        parts.Add([0, 1], Tags, first);
        parts.Save();
        var later = new AccumulatedMaps(folder.At("parts"), Images, Classes);
        later.Load();
        later.Add([0, 1], Tags, first);
        later.Add([0, 1], Tags, second);
        later.Save();
        Assert.Equal(File.ReadAllBytes(folder.At("whole/a.npz")), File.ReadAllBytes(folder.At("parts/a.npz")));
    }

    private static TaggedImage Image(string name, int[] tags) => new(name, name, tags, Split.Train, null);

    /// <summary>2×2 maps of the three classes, the same for two pictures.</summary>
    private static Tensor Maps(params float[][] classes) => Tensor.From([.. classes.SelectMany(static map => map), .. classes.SelectMany(static map => map)], 2, 3, 2, 2);
}
