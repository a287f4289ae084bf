using System.Globalization;
using Rca.Backbones;
using Rca.Runs;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>A picture through each backbone, forwards alone and forwards and backwards, in bfloat16 and in float32, which take turns: what <c>--precision auto</c> goes by.</summary>
internal static class PrecisionBench
{
    private const int Rounds = 3, Pictures = 2;

    public static void Run(int size, IReadOnlyList<string> names)
    {
        Console.WriteLine($"| a picture of {size}×{size} | forwards, bf16 | fp32 | ratio | by processor time | and backwards, bf16 | fp32 | ratio | by processor time |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        Compute bf16 = new("cpu", Precision.Bf16), fp32 = new("cpu", Precision.Fp32);
        foreach (string name in names)
        {
            using Backbone mixed = Backbone.Create(name, 1), plain = Backbone.Create(name, 1);
            bf16.Place(mixed);
            fp32.Place(plain);
            Console.WriteLine($"| `{name}` |{Cells(backwards: false)}{Cells(backwards: true)}");

            string Cells(bool backwards)
            {
                void Mixed() => Step(mixed, bf16, size, backwards);
                void Plain() => Step(plain, fp32, size, backwards);
                Mixed();
                Plain();
                var (one, other) = Turns.Medians(Rounds, () => Turns.Measure(Mixed), () => Turns.Measure(Plain));
                return string.Create(CultureInfo.InvariantCulture,
                    $" {one.Wall / Pictures:F3} s | {other.Wall / Pictures:F3} s | {other.Wall / one.Wall:F2} | {other.Processor / one.Processor:F2} |");
            }
        }
    }

    private static void Step(Backbone net, Compute compute, int size, bool backwards)
    {
        using var scope = new TensorScope();
        net.Train(backwards);
        if (backwards) Look().Mean([0, 1, 2, 3]).Backward();
        else
            using (new NoGrad()) Look();

        Tensor Look()
        {
            using var batch = compute.Batch(Pictures, size, size);
            batch.Values.Normal_(0, 1);
            using (compute.ForwardPass()) return net.Forward(batch.Values).To(DType.Float32);
        }
    }
}
