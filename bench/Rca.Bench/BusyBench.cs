using System.Diagnostics;
using System.Globalization;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Imaging.Crf;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>
/// What a program that keeps one processor busy costs: seconds a picture of a training step, of the dense CRF and of the input, with all threads,
/// with one, and with as many as the load of the machine allows. Each is measured by a process of its own, in turns.
/// </summary>
internal static class BusyBench
{
    private const int Steps = 4, CrfPictures = 16, CrfLabels = 3;
    private const string One = "1 thread", All = "all threads", Follows = "threads follow the load";
    private static readonly BenchmarkSettings Settings = new() { Masks = 1 };
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);
    private static readonly Dictionary<string, Func<BenchmarkData, Func<double>>> Works = new()
    {
        ["step, bf16"] = data => Training(data, Precision.Bf16),
        ["step, fp32"] = data => Training(data, Precision.Fp32),
        ["CRF"] = _ => Refinement(),
        ["input"] = Input,
    };

    /// <summary>Takes the number of rounds; or, in a process of its own, the name of what it measures.</summary>
    public static void Run(string[] arguments)
    {
        if (arguments is [var work] && Works.TryGetValue(work, out var make)) Console.WriteLine(FormattableString.Invariant($"{Measure(make):R} {TorchRuntime.Threads}"));
        else Compare(arguments is [var rounds] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 3);
    }

    private static void Compare(int rounds)
    {
        (string Threads, bool Busy)[] cases = [(All, false), (One, false), (Follows, false), (All, true), (One, true), (Follows, true)];
        Console.WriteLine($"medians of {rounds} rounds, seconds a picture; load before {MachineDescription.RecentLoad():F1}");
        Console.WriteLine($"| | {string.Join(" | ", cases.Select(static c => $"{c.Threads}, {(c.Busy ? "beside a busy processor" : "alone")}"))} |");
        Console.WriteLine($"|---|{string.Concat(cases.Select(static _ => "---|"))}");
        foreach (string name in Works.Keys)
        {
            var seconds = cases.Select(static _ => new List<double>()).ToArray();
            for (int round = 0; round < rounds; round++)
                foreach (var (each, figures) in cases.Zip(seconds))
                    if (each.Threads != Follows || name.StartsWith("step", StringComparison.Ordinal)) figures.Add(InProcess(name, each.Threads, each.Busy));
            Console.WriteLine($"| {name} | {string.Join(" | ", seconds.Select(static f => f.Count == 0 ? "" : Turns.Median(f).ToString("F3", CultureInfo.InvariantCulture)))} |");
        }
    }

    /// <summary>Measures a work in a process of its own.</summary>
    private static double InProcess(string work, string threads, bool busy)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(BusyBench).Assembly.Location);
        start.ArgumentList.Add("busy");
        start.ArgumentList.Add(work);
        int count = threads == One ? 1 : Environment.ProcessorCount;
        if (threads == Follows) start.Environment.Remove("OMP_NUM_THREADS");
        else start.Environment["OMP_NUM_THREADS"] = $"{count}";
        if (!work.StartsWith("step", StringComparison.Ordinal)) start.Environment["DOTNET_PROCESSOR_COUNT"] = $"{count}"; // these have .NET's threads
        using BusyProcessor? other = busy ? new BusyProcessor() : null;
        using Process process = Process.Start(start)!;
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || answer.Split(' ') is not [var seconds, var used]) throw new InvalidOperationException($"'{work}' ended with {process.ExitCode}: {answer}");
        Console.Error.WriteLine($"{work}, {threads}, {(busy ? "beside a busy processor" : "alone")}: {seconds} s with {used.Trim()} threads at the end");
        return double.Parse(seconds, CultureInfo.InvariantCulture);
    }

    private static double Measure(Func<BenchmarkData, Func<double>> make)
    {
        using var folder = new TemporaryFolder();
        Func<double> run = make(new BenchmarkData(folder.Path, Settings, CancellationToken.None));
        long start = Stopwatch.GetTimestamp();
        do run();
        while (Stopwatch.GetElapsedTime(start) < Settling);
        return Turns.Median([.. Enumerable.Range(0, Steps).Select(_ => run())]);
    }

    private static Func<double> Training(BenchmarkData data, Precision precision)
    {
        ClassificationOptions options = new ClassificationOptions { Backbone = "resnet18-cntk", Width = 1, Size = 224, OutputStride = 16, BatchSize = 16 }.AsCam();
        var steps = new TrainingSteps(data, options, new Compute("cpu", precision), CancellationToken.None); // ends with the process
        return () => steps.Run()[0];
    }

    private static Func<double> Refinement()
    {
        var (picture, probabilities) = SyntheticScene.Create(Settings.Width, Settings.Height, CrfLabels, seed: 1);
        return () => Turns.Seconds(() => Workers.SideBySide(CrfPictures, CancellationToken.None,
            (_, threads) => DenseCrf.Infer(picture, probabilities, CrfLabels, new DenseCrfOptions(), threads))) / CrfPictures;
    }

    private static Func<double> Input(BenchmarkData data)
    {
        ClassificationOptions options = Settings.Published;
        var loader = new BatchLoader(data.Images(Settings.Pictures), new Compute("cpu", Precision.Fp32), options.Augmentation, options.BatchSize, options.Seed);
        return () => Turns.Seconds(() =>
        {
            foreach (TrainingBatch batch in loader.Epoch(0, CancellationToken.None)) batch.Dispose();
        }) / (loader.StepsPerEpoch * options.BatchSize);
    }

    /// <summary>Another program that never rests. It ends with this object, and by itself once this process is gone.</summary>
    private sealed class BusyProcessor : IDisposable
    {
        private readonly Process _shell = Process.Start("sh", ["-c", "while kill -0 $PPID 2> /dev/null; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done"]);

        public void Dispose()
        {
            _shell.Kill();
            _shell.WaitForExit();
            _shell.Dispose();
        }
    }
}
