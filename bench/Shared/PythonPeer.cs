using System.Diagnostics;
using System.Globalization;

namespace Rca.Bench;

/// <summary>The other side of a comparison: a script of bench/python, whose last line of output holds its figures.</summary>
/// <param name="python">A Python with the packages that the script names.</param>
/// <param name="script">File name of the script.</param>
/// <param name="threads">Threads that its libraries use.</param>
internal sealed class PythonPeer(string python, string script, int threads)
{
    /// <summary>The first two figures of a script that answers both times.</summary>
    public Cost Measure(params string[] arguments) => Run(arguments) is [var wall, var processor, ..] ? new Cost(wall, processor) : throw new InvalidOperationException($"{script} answers too little.");

    public double[] Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments]) { RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["GOMP_SPINCOUNT"] = "100000"; // as TorchRuntime sets it for this process
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{script} of {python} ended with {process.ExitCode}.");
        string? last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
        return last is null ? [] : [.. last.Split(' ').Select(static figure => double.Parse(figure, CultureInfo.InvariantCulture))];
    }
}
