using System.Diagnostics;
using System.Globalization;

namespace Rca.Bench;

/// <summary>The other side of a comparison: a script of bench/python, whose last line of output holds its answer, most often figures.</summary>
/// <param name="python">A Python with the packages that the script names.</param>
/// <param name="script">File name of the script.</param>
/// <param name="threads">Threads that its libraries use.</param>
internal sealed class PythonPeer(string python, string script, int threads)
{
    /// <summary>The first two figures of a script that answers both times.</summary>
    public Cost Measure(params string[] arguments) => Run(arguments) is [var wall, var processor, ..] ? new Cost(wall, processor) : throw new InvalidOperationException($"{script} answers too little.");

    public double[] Run(params string[] arguments) => Figures(Answer(arguments));

    /// <summary>The last line of output.</summary>
    public string Answer(params string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{script} of {python} ended with {process.ExitCode}.");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
    }

    /// <summary>Starts a script that answers each line of its input, so that both sides can take turns.</summary>
    public PythonConversation Converse(params string[] arguments) => new(Start(arguments));

    private Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["GOMP_SPINCOUNT"] = "100000"; // as TorchRuntime sets it for this process
        return Process.Start(start)!;
    }

    internal static double[] Figures(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static figure => double.Parse(figure, CultureInfo.InvariantCulture))];
}

/// <summary>A script of bench/python that waits for its turns.</summary>
internal sealed class PythonConversation(Process process) : IDisposable
{
    /// <summary>The figures that it prints first.</summary>
    public double[] Opening { get; } = Read(process);

    /// <summary>Its process.</summary>
    public int Id => process.Id;

    /// <summary>Has it make another step.</summary>
    /// <returns>The step's figures.</returns>
    public double[] Step()
    {
        try
        {
            process.StandardInput.WriteLine();
        }
        catch (IOException)
        {
            // It has ended; reading says so.
        }
        return Read(process);
    }

    /// <summary>Ends the script.</summary>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static double[] Read(Process process)
    {
        if (process.StandardOutput.ReadLine() is { } line) return PythonPeer.Figures(line);
        process.WaitForExit();
        throw new InvalidOperationException($"The script ended with {process.ExitCode}; its message is above.");
    }
}
