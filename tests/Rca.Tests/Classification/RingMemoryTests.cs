using Rca.Classification;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class RingMemoryTests : SingleThread
{
    private const float Sure = 10, Unsure = 0; // sigmoid 0.99995 and 0.5, on either side of the gate of 0.7
    private static readonly ClassificationOptions Options = new() { MemorySize = 2, ScoreGate = 0.7, MemoryMomentum = 0.75, RingMemory = true, RawKeys = true };

    [Fact]
    public void AllEntriesTakePartFromTheStartAndAreNoise()
    {
        using RegionalMemory memory = Make();
        Assert.IsType<RingMemory>(memory);
        Assert.Equal(4, memory.Count);
        Assert.All(memory.Vectors().Used.ToArray<float>(), static used => Assert.Equal(1, used));
        Assert.Equal(8, memory.Vectors().Vectors.ToArray<float>().Distinct().Count());
        var (keys, classes) = memory.Keys();
        Assert.Equal([0L, 0, 1, 1], classes.ToArray<long>());
        Assert.True(keys.ElementsEqual(memory.Vectors().Vectors.Reshape(4, 2).Normalize(1)));
    }

    [Fact]
    public void EachAcceptedRegionMovesTheEntryAtThePointerWhicheverImageItIsFrom()
    {
        using RegionalMemory memory = Make();
        float[] start = memory.Vectors().Vectors.ToArray<float>();
        Store(memory, Sure, [4, 8]);
        Store(memory, Unsure, [100, 100]);
        Store(memory, Sure, [0, 4]);
        Store(memory, Sure, [8, 0]); // round again
        float[] expected =
        [
            0.75f * (0.75f * start[0] + 1) + 2, 0.75f * (0.75f * start[1] + 2),
            0.75f * start[2], 0.75f * start[3] + 1,
            .. start[4..],
        ];
        Values.AssertClose(expected, memory.Vectors().Vectors.ToArray<float>(), 1e-5);
    }

    [Fact]
    public void StateRestoresEntriesAndPointers()
    {
        using RegionalMemory memory = Make(), restored = Make();
        Store(memory, Sure, [1, 2]);
        restored.LoadState(memory.State().ToDictionary());
        foreach (RegionalMemory each in (RegionalMemory[])[memory, restored]) Store(each, Sure, [3, 4]);
        Assert.True(memory.Vectors().Vectors.ElementsEqual(restored.Vectors().Vectors));
        var broken = memory.State().ToDictionary();
        broken["pointers"] = Tensor.From([0, 2], 2);
        Assert.Contains("outside its 2 slots", Assert.Throws<StateMismatchException>(() => memory.LoadState(broken)).Message);
    }

    private static RegionalMemory Make() => RegionalMemory.Create(2, 2, Options, Device.Cpu);

    /// <summary>One picture of class 0.</summary>
    private static void Store(RegionalMemory memory, float score, float[] vector) =>
        memory.Update(Regions.Find(Tensor.Zeros([1, 2, 1, 1]), [[0]]), [7], Tensor.Full([1, 2], score), Tensor.From(vector, 1, 2), null);
}
