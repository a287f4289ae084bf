using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rca; // above the namespaces of the test projects that share this file

/// <summary>Runs programs in processes of their own.</summary>
internal static class Programs
{
    /// <summary>Runs <c>dotnet</c>, which has to end well within some minutes.</summary>
    /// <returns>What it wrote.</returns>
    public static string Dotnet(string folder, params string[] arguments)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        var start = new ProcessStartInfo(dotnet, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // nothing stays behind
        using var process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        bool ended = process.WaitForExit(TimeSpan.FromMinutes(5));
        if (!ended) process.Kill(entireProcessTree: true);
        Assert.True(ended && process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output.Result}\n{errors.Result}");
        return output.Result;
    }
}
