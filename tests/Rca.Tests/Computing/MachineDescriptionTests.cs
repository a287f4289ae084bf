using Rca.Computing;

namespace Rca.Tests.Computing;

public sealed class MachineDescriptionTests
{
    [Fact]
    public void Every_field_says_something()
    {
        var machine = MachineDescription.Here();

        Assert.NotEmpty(machine.System);
        Assert.DoesNotContain("unnamed", machine.Processor);
        Assert.Equal(Environment.ProcessorCount, machine.Processors);
        Assert.Single(machine.InstructionSets, static set => set is "bf16" or "no bf16");
        Assert.True(machine.MemoryBytes > 100_000_000);
        Assert.DoesNotContain("", machine.Gpus);
        Assert.True(MachineDescription.RecentLoad() >= 0);
    }

    [Fact]
    public void The_library_of_this_process_is_recognised() => Assert.NotEqual(BlasLibrary.Find([], ""), BlasLibrary.OfProcess());
}
