using System.Globalization;

namespace Rca.Computing;

/// <summary>How long the processors that this process may use have been busy since the machine started, in processor seconds.</summary>
/// <param name="Processors">How many they are.</param>
/// <param name="Total">Busy and idle together.</param>
/// <param name="Busy">Busy with any program, or taken away by the host of a virtual machine.</param>
/// <param name="Own">Busy with this process, all its threads together.</param>
internal readonly record struct ProcessorLoad(int Processors, double Total, double Busy, double Own)
{
    /// <summary>Fields of a line of /proc/stat that count: user, nice, system, idle, iowait, irq, softirq, steal. Those behind them are part of the first two.</summary>
    private const int Fields = 8, Idle = 3, IoWait = 4;

    /// <summary>The kernel's unit there, on every architecture that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>The load so far; null where the system does not tell.</summary>
    public static ProcessorLoad? Read()
    {
        try
        {
            string? allowed = File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
            return Parse(File.ReadLines("/proc/stat"), allowed ?? "", Environment.CpuUsage.TotalTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The load by what the system's files say.</summary>
    /// <param name="stat">Lines of /proc/stat; a processor's is <c>cpu3 user nice system ...</c>.</param>
    /// <param name="allowed">The processors that count, as in <c>Cpus_allowed_list: 0-3,8</c>.</param>
    /// <param name="own">Time that this process has taken.</param>
    /// <exception cref="FormatException">They say something else.</exception>
    internal static ProcessorLoad? Parse(IEnumerable<string> stat, string allowed, TimeSpan own)
    {
        (int First, int Last)[] ranges = [.. allowed[(allowed.IndexOf(':') + 1)..].Split(',').Select(static range => range.Split('-'))
            .Select(static ends => (Number(ends[0]), Number(ends[^1])))];
        var (processors, total, idle) = (0, 0L, 0L);
        foreach (string line in stat.Skip(1).TakeWhile(static line => line.StartsWith("cpu", StringComparison.Ordinal))) // the first is their sum
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            int number = Number(words[0][3..]);
            if (!ranges.Any(range => range.First <= number && number <= range.Last)) continue;
            long[] ticks = [.. words.Skip(1).Take(Fields).Select(static word => long.Parse(word, CultureInfo.InvariantCulture))];
            if (ticks.Length < Fields) throw new FormatException($"'{line}' has too few fields.");
            processors++;
            total += ticks.Sum();
            idle += ticks[Idle] + ticks[IoWait];
        }
        return processors == 0 ? null : new ProcessorLoad(processors, total / TicksPerSecond, (total - idle) / TicksPerSecond, own.TotalSeconds);

        static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>Processors that other programs left free since an earlier reading, on average; null where no time has passed, or the processors are others.</summary>
    public double? FreeSince(ProcessorLoad before)
    {
        double seconds = (Total - before.Total) / Processors;
        if (seconds <= 0 || Processors != before.Processors) return null;
        return Processors - (Busy - before.Busy - (Own - before.Own)) / seconds;
    }
}
