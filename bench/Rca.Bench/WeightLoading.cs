using System.Diagnostics;
using System.Globalization;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>The time to read VGG16's 528 MiB here and in Python's torch, in turns, every element touched.</summary>
internal static class WeightLoading
{
    private const int Rounds = 5;

    public static void Run(string python)
    {
        string folder = Directory.CreateTempSubdirectory("rca-bench-").FullName, script = Path.Combine(AppContext.BaseDirectory, "weights.py");
        try
        {
            Python(python, script, "write", folder);
            Console.WriteLine($"{"median of reading",-22}{"here",10}{"Python",10}{"here/Python",14}");
            foreach (string path in Directory.GetFiles(folder).Order())
            {
                double[] here = new double[Rounds], there = new double[Rounds];
                for (int round = 0; round < Rounds; round++) (here[round], there[round]) = (Load(path), double.Parse(Python(python, script, "load", path), CultureInfo.InvariantCulture));
                Array.Sort(here);
                Array.Sort(there);
                double a = here[Rounds / 2], b = there[Rounds / 2];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path),-22}{a,8:F2} s{b,8:F2} s{a / b,14:F2}"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Load(string path)
    {
        long start = Stopwatch.GetTimestamp();
        using var scope = new TensorScope();
        using WeightFile file = WeightFile.Read(path);
        foreach (Tensor tensor in file.Tensors.Values) tensor.Sum().Item();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Python(string python, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{python} ended with {process.ExitCode}.");
    }
}
