using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class OwnedMemoryTests : SingleThread
{
    private const float Sure = 10, Unsure = 0; // sigmoid 0.99995 and 0.5, on either side of the gate of 0.7
    private static readonly ClassificationOptions Options = new() { MemorySize = 2, ScoreGate = 0.7, MemoryMomentum = 0.9 };

    [Fact]
    public void OnlyRegionsAboveTheGateEnter()
    {
        using var memory = Make();
        Store(memory, (Image: 7, Class: 0, Score: Unsure, Vector: [1, 0]));
        Assert.Equal(0, memory.Count);
        Store(memory, (7, 0, Sure, [1, 0]));
        Assert.Equal(1, memory.Count);
    }

    [Fact]
    public void WhoeverLooksSeesTheLastUpdate()
    {
        foreach (Func<RegionalMemory, double> look in (Func<RegionalMemory, double>[])
            [static m => m.Count, static m => m.Keys().Keys.Size(0), static m => m.Vectors().Used.Sum().Item(), static m => m.State().Single(static s => s.Name == "owners").Value.ToArray<int>().Count(static o => o == 7)])
        {
            using var memory = Make();
            Store(memory, (7, 0, Sure, [1, 0]));
            Assert.Equal(1, look(memory));
            Store(memory, (7, 1, Sure, [1, 0])); // after a look, with what that one kept
            Assert.Equal(2, look(memory));
        }
    }

    [Fact]
    public void AnUpdateThatNobodyLooksAtLeavesNoHandlesBehind()
    {
        long before = LiveHandles();
        using (new TensorScope())
        using (var memory = Make())
            Store(memory, (7, 0, Sure, [1, 0]));
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void UpdatesWithoutALookBetweenThemFollowOneAnother()
    {
        using var memory = Make();
        Store(memory, (1, 0, Sure, [2, -4]));
        Store(memory, (1, 0, Sure, [12, 6]));
        Values.AssertClose([3, -3], Slot(memory, 0, 0), 1e-6); // 0.9 · old + 0.1 · new
    }

    [Fact]
    public void KeysFollowTheSlotsInUse()
    {
        using var memory = Make();
        Store(memory, (1, 1, Sure, [0, 2]));
        var (_, first) = memory.Keys();
        Store(memory, (1, 0, Sure, [3, 0]));
        var (keys, classes) = memory.Keys();
        Assert.Equal([1L], first.ToArray<long>()); // what was handed out stays
        Assert.Equal([0L, 1], classes.ToArray<long>());
        Assert.Equal([1f, 0, 0, 1], keys.ToArray<float>());
        // As many entries in other slots.
        using var other = Make();
        Store(other, (5, 1, Sure, [0, 1]), (6, 1, Sure, [0, 1]));
        memory.LoadState(other.State().ToDictionary());
        Assert.Equal([1L, 1], memory.Keys().Classes.ToArray<long>());
    }

    [Fact]
    public void AnOpenUpdateDoesNotOutliveARestoredState()
    {
        using RegionalMemory memory = Make(), empty = Make();
        Store(memory, (7, 0, Sure, [1, 0]));
        memory.LoadState(empty.State().ToDictionary());
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void AScoreAtTheGateStaysOut()
    {
        using var memory = new OwnedMemory(2, 2, Options with { ScoreGate = 0.5 }, Device.Cpu);
        Store(memory, (7, 0, 0, [1, 0]));
        Assert.Equal(0, memory.Count);
    }

    [Fact]
    public void ANewPairIsStoredAsItIsAndAKnownOneMovesByMomentum()
    {
        using var memory = Make();
        Store(memory, (7, 1, Sure, [2, -4]));
        Assert.Equal([2, -4], Slot(memory, 1, 0));
        Store(memory, (7, 1, Sure, [12, 6]));
        Values.AssertClose([3, -3], Slot(memory, 1, 0), 1e-6); // 0.9 · old + 0.1 · new, in float32
        Assert.Equal([1f, 0, 0, 0], [.. Used(memory)[2..], .. Used(memory)[..2]]);
    }

    [Fact]
    public void OneImageHasAnEntryForEachOfItsClasses()
    {
        using var memory = Make();
        Store(memory, (7, 0, Sure, [1, 1]), (7, 1, Sure, [2, 2]));
        Assert.Equal([1, 1], Slot(memory, 0, 0));
        Assert.Equal([2, 2], Slot(memory, 1, 0));
    }

    [Fact]
    public void AFullClassGivesUpItsOldestPair()
    {
        using var memory = Make();
        Store(memory, (1, 0, Sure, [1, 1]));
        Store(memory, (2, 0, Sure, [2, 2]));
        Store(memory, (1, 0, Sure, [1, 1])); // an update does not make a pair younger
        Store(memory, (3, 0, Sure, [3, 3]));
        Assert.Equal([3, 3], Slot(memory, 0, 0));
        Assert.Equal([2, 2], Slot(memory, 0, 1));
        Store(memory, (1, 0, Sure, [9, 9])); // forgotten: new again, now in place of image 2
        Assert.Equal([9, 9], Slot(memory, 0, 1));
        Assert.Equal(2, memory.Count);
    }

    [Fact]
    public void OfTwoNewPairsForOneSlotTheLastStays()
    {
        using var memory = new OwnedMemory(2, 2, Options with { MemorySize = 1 }, Device.Cpu);
        Store(memory, (1, 0, Sure, [1, 1]), (2, 0, Sure, [2, 2]));
        Assert.Equal(1, memory.Count);
        Assert.Equal([2, 2], Slot(memory, 0, 0));
        Store(memory, (2, 0, Sure, [12, 12])); // and is known
        Values.AssertClose([3, 3], Slot(memory, 0, 0), 1e-6);
    }

    [Fact]
    public void AKnownPairThatLosesItsSlotInTheSameBatchLeavesNoTrace()
    {
        using var memory = new OwnedMemory(2, 2, Options with { MemorySize = 1 }, Device.Cpu);
        Store(memory, (1, 0, Sure, [1, 1]));
        Store(memory, (1, 0, Sure, [5, 5]), (2, 0, Sure, [2, 2]));
        Assert.Equal([2, 2], Slot(memory, 0, 0));
    }

    [Fact]
    public void KeysHaveLengthOneAndTheirClassAndCarryNoGradient()
    {
        using var memory = Make();
        Tensor vectors = Tensor.From([3f, 4, 0, 2], 2, 2).WithGrad();
        var regions = Regions.Find(Tensor.Zeros([2, 2, 1, 1]), [[1], [0]]);
        memory.Update(regions, [5, 6], Tensor.Full([2, 2], Sure), vectors * 2, vectors * 3);
        var (keys, classes) = memory.Keys();
        Assert.False(keys.RequiresGrad);
        Assert.Equal([0L, 1], classes.ToArray<long>());
        Values.AssertClose([0, 1, 0.6f, 0.8f], keys.ToArray<float>(), 1e-6); // float32
        Assert.Equal([6, 8], Slot(memory, 1, 0)); // the raw vectors stand beside them, unscaled
        Assert.All(memory.State(), static item => Assert.False(item.Value.RequiresGrad));
    }

    [Fact]
    public void StateRestoresVectorsKeysOwnersAndAges()
    {
        using RegionalMemory memory = Make(), restored = Make();
        Store(memory, (1, 0, Sure, [1, 1]));
        Store(memory, (2, 0, Sure, [2, 2]), (2, 1, Sure, [4, 4]));
        restored.LoadState(memory.State().ToDictionary());
        foreach (RegionalMemory each in (RegionalMemory[])[memory, restored])
        {
            Store(each, (2, 0, Sure, [3, 3]));
            Store(each, (3, 0, Sure, [5, 5]));
        }
        Assert.Equal(memory.Count, restored.Count);
        foreach (var ((name, expected), (_, actual)) in memory.State().Zip(restored.State())) Assert.True(expected.ElementsEqual(actual), name);
    }

    [Fact]
    public void AStateOfOtherSizesOrWithTwoOwnersIsRefused()
    {
        using var memory = Make();
        using var larger = new OwnedMemory(3, 2, Options, Device.Cpu);
        Assert.Throws<StateMismatchException>(() => memory.LoadState(larger.State().ToDictionary()));
        var twice = memory.State().ToDictionary();
        twice["owners"] = Tensor.From([4, 4, -1, -1], 2, 2);
        Assert.Throws<StateMismatchException>(() => memory.LoadState(twice));
    }

    private static RegionalMemory Make() => new OwnedMemory(2, 2, Options, Device.Cpu);

    /// <summary>One batch with a picture for each region.</summary>
    private static void Store(RegionalMemory memory, params (int Image, int Class, float Score, float[] Vector)[] batch)
    {
        const int classes = 2;
        var regions = Regions.Find(Tensor.Zeros([batch.Length, classes, 1, 1]), [.. batch.Select(static r => (IReadOnlyList<int>)[r.Class])]);
        var scores = Tensor.From<float>([.. batch.SelectMany(r => Enumerable.Repeat(r.Score, classes))], batch.Length, classes);
        var vectors = Tensor.From<float>([.. batch.SelectMany(static r => r.Vector)], batch.Length, 2);
        memory.Update(regions, [.. batch.Select(static r => r.Image)], scores, vectors, vectors);
    }

    private static float[] Slot(RegionalMemory memory, int l, int slot) =>
        memory.Vectors().Vectors.Narrow(0, l, 1).Narrow(1, slot, 1).ToArray<float>();

    private static float[] Used(RegionalMemory memory) => memory.Vectors().Used.ToArray<float>();
}
