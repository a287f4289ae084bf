using Rca.Computing;

namespace Rca.Tests.Computing;

public sealed class ProcessorLoadTests
{
    private static readonly string[] Stat =
    [
        "cpu  9999 9999 9999 9999 9999 9999 9999 9999 0 0",
        "cpu0 100 20 30 400 50 6 7 8 90 10",
        "cpu1 1000 0 0 1000 0 0 0 0 0 0",
        "cpu10 0 0 0 300 0 0 0 0 0 0",
        "intr 1 2 3",
    ];

    [Fact]
    public void Only_the_processors_of_this_process_count_and_guests_count_once()
    {
        ProcessorLoad load = ProcessorLoad.Parse(Stat, "Cpus_allowed_list:\t0,2-10", TimeSpan.FromSeconds(1.5))!.Value;

        Assert.Equal(new ProcessorLoad(2, Total: 9.21, Busy: 1.71, Own: 1.5), load);
    }

    [Fact]
    public void Without_a_processor_there_is_no_load() => Assert.Null(ProcessorLoad.Parse(Stat, "Cpus_allowed_list:\t7", TimeSpan.Zero)); // one that is gone

    [Theory]
    [InlineData("cpu0 1 2 3", "0")]
    [InlineData("cpu0 1 2 3 4 5 6 7 x", "0")]
    [InlineData("cpuzero 1 2 3 4 5 6 7 8", "0")]
    [InlineData("cpu0 1 2 3 4 5 6 7 8", "")]
    public void Other_text_is_refused(string line, string allowed) => Assert.Throws<FormatException>(() => ProcessorLoad.Parse(["cpu", line], allowed, TimeSpan.Zero));

    [Fact]
    public void Our_own_work_takes_nothing_away()
    {
        var before = new ProcessorLoad(4, Total: 100, Busy: 50, Own: 10);

        Assert.Equal(4, (before with { Total = 108, Busy = 58, Own = 18 }).FreeSince(before)); // two seconds of four processors, all of them ours
        Assert.Equal(2.5, (before with { Total = 108, Busy = 58, Own = 15 }).FreeSince(before));
        Assert.Null(before.FreeSince(before));
        Assert.Null(new ProcessorLoad(2, 200, 50, 10).FreeSince(before));
    }

    [Fact]
    public void This_machine_tells_its_load_where_it_has_proc()
    {
        Assert.SkipUnless(File.Exists("/proc/stat"), "no /proc");
        ProcessorLoad load = ProcessorLoad.Read()!.Value;

        Assert.InRange(load.Processors, 1, 1 << 16);
        Assert.True(load.Total >= load.Busy && load.Own > 0);
    }
}
