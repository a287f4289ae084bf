using System.Text.Json;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Cli.Commands;
using Rca.Computing;
using Rca.Labelling;
using Rca.Segmentation;

namespace Rca.Cli.Tests;

public sealed class BenchCommandTests
{
    private static readonly ClassificationOptions Network = new() { Width = 0.125, Size = 32, BatchSize = 2, MemorySize = 4, Prototypes = 2 };

    private static readonly BenchmarkSettings Tiny = new()
    {
        Width = 40, Height = 30, Pictures = 4, Masks = 4, CrfLabels = [2], MethodPictures = 2, Channels = 8,
        Usual = Network, Published = Network.AsPaper() with { BatchSize = 2, MemorySize = 4 }, Labelling = new LabellingOptions { Scales = [1, 2] },
        Segmentation = new SegmentationOptions { Width = 0.125, Size = 32 }, Prediction = new PredictionOptions { Scales = [1] },
        ShortSeconds = 1e-3, LongSeconds = 1e-3, MostRepeats = 1,
    };

    [Fact]
    public void Json_has_the_machine_and_every_row_in_seconds()
    {
        int folders = TemporaryFolders();

        var (code, text, error) = Run("--json", "--device", "cpu", "--precision", "bf16");

        Assert.Equal((ExitCode.Ok, folders), (code, TemporaryFolders()));
        var json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("cpu bf16", json.GetProperty("versions").GetProperty("compute").GetString());
        Assert.Equal(Environment.ProcessorCount, json.GetProperty("machine").GetProperty("processors").GetInt32());
        Assert.NotEqual("", json.GetProperty("blas").GetString());
        Assert.True(json.GetProperty("peak_memory_bytes").GetInt64() > 0);
        var rows = json.GetProperty("rows").EnumerateArray().ToList();
        Assert.All(rows, static row => Assert.InRange(row.GetProperty("seconds").GetDouble(), 1e-9, 100));
        Assert.All(rows, static row => Assert.Equal(1, row.GetProperty("repeats").GetInt32()));
        string[] names = [.. rows.Select(static row => row.GetProperty("name").GetString()!)];
        Assert.Equal(names, names.Distinct());
        foreach (var part in (string[])["dense CRF", "compare", "K-means", "train: resnet18s at 32, as usual", "predict", "at 32, bf16", "at 32, fp32", "input", "label"])
            Assert.Contains(names, name => name.Contains(part, StringComparison.Ordinal));
        Assert.Contains("label: ", error); // progress
        Assert.Contains("100/100", error);
    }

    [Fact]
    public void A_person_gets_the_machine_and_a_table()
    {
        var (code, text, _) = Run("--device", "cpu");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Matches(@"^machine   .+ processors, .*bf16", text);
        Assert.Matches(@"\n  of it the network +[\d.]+ (µs|ms|s) ", text);
        Assert.Matches(@"pairs/s\n", text);
        Assert.All(text.Split('\n'), static line => Assert.InRange(line.Length, 0, 120));
    }

    [Fact]
    public void Stopping_leaves_nothing_behind()
    {
        int folders = TemporaryFolders();
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => BenchmarkSuite.Run(new Compute("cpu"), Tiny, progress: null, source.Token));
        Assert.Equal(folders, TemporaryFolders());
    }

    [Theory]
    [InlineData(2.5e-7, "0.25 µs")]
    [InlineData(0.0123, "12.3 ms")]
    [InlineData(0.999, "999 ms")]
    [InlineData(8.785, "8.79 s")]
    [InlineData(140.7, "141 s")]
    public void Times_have_three_digits(double seconds, string text) => Assert.Equal(text, BenchCommand.Time(seconds));

    private static int TemporaryFolders() => Directory.GetDirectories(Path.GetTempPath(), $"rca-benchmark-{Environment.ProcessId}-*").Length;

    private static (int Code, string Out, string Error) Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = new BenchCommand(new Terminal(output, error), Tiny).Parse(arguments).Invoke();
        return (code, output.ToString(), error.ToString());
    }
}
