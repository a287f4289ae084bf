using System.Globalization;
using Rca.Backbones;
using Rca.Benchmarks;
using Rca.Classification;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Presets;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>
/// Each backbone in bfloat16 and in float32, which take turns: what <c>--precision auto</c> goes by. Forwards alone, as labelling does, and a
/// whole training step with the paper's settings.
/// </summary>
internal static class PrecisionBench
{
    private const int Rounds = 3, Pictures = 2;
    private static readonly Compute Bf16 = new("cpu", Precision.Bf16), Fp32 = new("cpu", Precision.Fp32);

    public static void Run(int size, IReadOnlyList<string> names)
    {
        using var folder = new TemporaryFolder();
        var data = new BenchmarkData(folder.Path, new BenchmarkSettings { Masks = 1 }, CancellationToken.None);
        const string columns = "bf16, s | fp32, s | fp32 / bf16 | bf16, processor s | fp32, processor s | fp32 / bf16";
        Console.WriteLine($"| a picture at {size} | {columns} |\n|---|---|---|---|---|---|---|");
        foreach (string name in names)
        {
            using (Backbone mixed = Backbone.Create(name, 1), plain = Backbone.Create(name, 1))
            {
                Bf16.Place(mixed);
                Fp32.Place(plain);
                Row($"`{name}`, forwards", () => Look(mixed, Bf16, size), () => Look(plain, Fp32, size));
            }
            ClassificationOptions options = Preset.Named("voc-paper-vgg16").Classification with { Backbone = name, Size = size, BatchSize = Pictures };
            using TrainingSteps first = new(data, options, Bf16, CancellationToken.None), second = new(data, options, Fp32, CancellationToken.None);
            Row($"`{name}`, training step", () => first.Run(), () => second.Run());
        }
    }

    private static void Row(string name, Action mixed, Action plain)
    {
        mixed();
        plain();
        var (one, other) = Turns.Medians(Rounds, () => Turns.Measure(mixed), () => Turns.Measure(plain));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {one.Wall / Pictures:F3} | {other.Wall / Pictures:F3} | {other.Wall / one.Wall:F2} | {one.Processor / Pictures:F3} | {other.Processor / Pictures:F3} | {other.Processor / one.Processor:F2} |"));
    }

    private static void Look(Backbone net, Compute compute, int size)
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        using var batch = PictureBatch.For(compute, Pictures, size, size);
        batch.Values.Normal_(0, 1);
        net.Train(false);
        using (compute.ForwardPass()) net.Forward(batch.Values);
    }
}
