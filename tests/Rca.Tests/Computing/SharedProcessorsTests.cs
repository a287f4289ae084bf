using Rca.Computing;

namespace Rca.Tests.Computing;

public sealed class SharedProcessorsTests
{
    [Theory]
    [InlineData(2, 2, 2.0, 2)]
    [InlineData(2, 2, 1.6, 2)] // what a desktop does beside
    [InlineData(2, 2, 1.3, 1)] // a busy program that gets two thirds of a processor beside two threads
    [InlineData(2, 2, 1.0, 1)]
    [InlineData(2, 2, 0.1, 1)]
    [InlineData(2, 2, -0.3, 1)] // readings are not taken at one moment
    [InlineData(1, 2, 1.6, 1)] // between the two limits all stays as it is
    [InlineData(1, 2, 1.8, 2)]
    [InlineData(1, 1, 0.0, 1)]
    [InlineData(16, 16, 8.2, 8)]
    [InlineData(8, 16, 8.6, 8)]
    [InlineData(8, 16, 12.9, 13)]
    [InlineData(2, 2, 60, 2)] // a container's limit is below the machine's processors
    public void Threads_are_the_processors_that_others_leave(int current, int most, double free, int expected) =>
        Assert.Equal(expected, SharedProcessors.Choose(current, most, free));

    [Fact]
    public void Two_that_share_a_machine_settle()
    {
        int one = 2, other = 2;
        for (int look = 0; look < 10; look++)
        {
            double share = Math.Min(1, 2.0 / (one + other)); // of a processor for each thread
            (one, other) = (SharedProcessors.Choose(one, 2, 2 - other * share), SharedProcessors.Choose(other, 2, 2 - one * share));
        }
        Assert.Equal((1, 1), (one, other));
    }

    [Fact]
    public void It_looks_soon_and_then_every_two_seconds()
    {
        var machine = new Machine();
        var shared = new SharedProcessors(2, machine, machine.Read);

        machine.Pass(0.2, others: 1);
        shared.Look();
        Assert.Equal(2, shared.Threads);
        machine.Pass(0.1, others: 1);
        shared.Look();
        Assert.Equal((1, 2), (shared.Threads, shared.Most));
        machine.Pass(1.9, others: 0);
        shared.Look();
        Assert.Equal(1, shared.Threads);
        machine.Pass(0.1, others: 0);
        shared.Look();
        Assert.Equal(2, shared.Threads);
        machine.Pass(0.7, others: 1); // a burst
        machine.Pass(1.4, others: 0);
        shared.Look();
        Assert.Equal(2, shared.Threads);
    }

    [Fact]
    public void Where_the_system_does_not_tell_nothing_changes()
    {
        var machine = new Machine();
        var shared = new SharedProcessors(2, machine, static () => null);
        machine.Pass(3, others: 2);
        shared.Look();
        Assert.Equal(2, shared.Threads);
    }

    /// <summary>Two processors, and a clock.</summary>
    private sealed class Machine : TimeProvider
    {
        private double _seconds, _busy;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)Math.Round(_seconds * TimestampFrequency);

        public void Pass(double seconds, double others) => (_seconds, _busy) = (_seconds + seconds, _busy + seconds * others);

        public ProcessorLoad? Read() => new ProcessorLoad(2, 2 * _seconds, _busy, Own: 0);
    }
}
