using Rca.Classification;
using Rca.Data;
using Rca.Tests.Backbones;
using Rca.Torch;

namespace Rca.Tests.Classification;

/// <summary>One training step of the public code against ours: 175 million weights by rule, three pictures of 64 pixels.</summary>
public sealed class ReleasedStepTests : SingleThread
{
    private const int L = 20, N = 500, K = 10, D = 512;
    private static readonly int[][] Tags = [[0, 14], [19], [3, 8, 11]];
    private static readonly ClassificationOptions Options = new ClassificationOptions { Backbone = "vgg16", Width = 1, Size = 64 }.AsReleased();

    [Fact]
    public void AStepIsThePublicCodes()
    {
        using var scope = new TensorScope();
        using WeightFile golden = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "golden", "released_step.safetensors"));
        using var trainer = new ClassificationTrainer(
            L, [.. Tags.Select(static (tags, i) => new TaggedImage($"{i}.jpg", $"{i}.jpg", tags, Split.Train, null))], Options, Fp32);
        Fill(trainer.Model);
        trainer.Memory!.LoadState(new Dictionary<string, Tensor>
        {
            ["vectors"] = Tensor.Concatenate([.. Enumerable.Range(0, L).Select(static l => ReferenceWeights.Make($"queue{l}", N, D))], 0),
            ["pointers"] = Tensor.Zeros([L], DType.Int32),
        });

        StepLosses losses = trainer.Forward(ReferenceWeights.Make("input", 3, 3, 64, 64), Tags, Mix);
        trainer.Memory.Update(losses.Regions!.Found, [0, 1, 2], losses.Regions.Scores, losses.Regions.Features, losses.Regions.Queries);
        losses.Total.Backward();

        // The README of the reference states the tolerances: 2e-4 of the largest value, 1e-4 of a loss, 1e-3 of a gradient's norm.
        AssertNear(golden, "features", losses.Output.Features, 2e-4);
        AssertNear(golden, "map_coarse", losses.Output.CoarseMaps, 2e-4);
        AssertNear(golden, "map", losses.Output.Maps, 2e-4);
        AssertNear(golden, "scores_coarse", losses.Output.CoarseMaps.Mean([2, 3]), 2e-4);
        AssertNear(golden, "scores", losses.Output.Maps.Mean([2, 3]), 2e-4);
        AssertNear(golden, "loss_main", losses.Final, 1e-4);
        AssertNear(golden, "loss_coarse", losses.Coarse, 1e-4);
        AssertNear(golden, "loss_contrast", losses.Contrast, 1e-4);
        AssertNear(golden, "loss_total", losses.Total, 1e-4);

        var ours = trainer.Model.Parameters().ToDictionary(static item => item.Name, static item => item.Value);
        string[] gradients = [.. golden.Tensors.Keys.Where(static name => name.StartsWith("grad_norm.", StringComparison.Ordinal)).Select(static name => name["grad_norm.".Length..])];
        Assert.Equal(14, gradients.Length);
        foreach (string name in gradients)
        {
            Tensor gradient = ours[ReleasedCheckpoint.OurName(name)!].Grad!.Contiguous().Reshape(-1);
            Tensor norm = (gradient * gradient).Sum().Sqrt();
            AssertNear(golden, $"grad_norm.{name}", norm, 1e-3);
            // Single values are sums that cancel: rounding shows in them. Compared with the gradient's usual value.
            Tensor first = gradient.Narrow(0, 0, Math.Min(16, gradient.Count));
            double usual = norm.Item() / Math.Sqrt(gradient.Count);
            AssertNear(golden, $"grad_head.{name}", first, 2e-2, usual);
        }
        AssertMemory(golden, trainer.Memory);
    }

    /// <summary>The rows and pointers that the reference has; and of all tagged classes those moved that the reference's final scores let in.</summary>
    private static void AssertMemory(WeightFile golden, RegionalMemory memory)
    {
        var state = memory.State().ToDictionary();
        int[] pointers = state["pointers"].ToArray<int>();
        foreach (int l in (int[])[3, 14])
        {
            AssertNear(golden, $"memory_row0.queue{l}", state["vectors"].Narrow(0, l * N, 1), 2e-4);
            Assert.Equal(golden.Tensors[$"memory_ptr.queue_ptr{l}"].Item(), pointers[l]);
        }
        float[] probabilities = golden.Tensors["scores"].Sigmoid().ToArray<float>();
        int[] accepted = [.. Enumerable.Range(0, Tags.Length).SelectMany(i => Tags[i].Where(l => probabilities[i * L + l] > 0.7f))];
        Assert.Equal(Enumerable.Range(0, L).Select(l => accepted.Contains(l) ? 1 : 0), pointers);
        Assert.InRange(accepted.Length, 1, Tags.Sum(static tags => tags.Length) - 1);
        Tensor second = ReferenceWeights.Make("queue14", N, D).Narrow(0, 1, N - 1);
        Assert.True(second.ElementsEqual(state["vectors"].Narrow(0, 14 * N + 1, N - 1)));
    }

    /// <summary>The partner of picture i of B is B-1-i, and of the partner's regions the last; w = 0.4.</summary>
    private static SemanticContrast.Mixing Mix(Regions regions) => new(
        [.. regions.Pictures.Select(i => Array.FindLastIndex(regions.Pictures, other => other == Tags.Length - 1 - i))],
        [.. Enumerable.Repeat(0.4f, regions.Count)]);

    /// <summary>The rule of the reference, under the public names.</summary>
    private static void Fill(ClassificationModel model)
    {
        using var noGrad = new NoGrad();
        Dictionary<string, string> publicNames = PublicNames().ToDictionary(static name => ReleasedCheckpoint.OurName(name)!);
        foreach (var (name, value) in model.State())
        {
            if (name.StartsWith("aggregate.pr", StringComparison.Ordinal)) continue;
            using Tensor made = ReferenceWeights.Make(publicNames[name], value.Shape);
            value.Copy_(made);
            if (publicNames[name] is ['e', 'x', 't', 'r', 'a', '_', 'c', 'o', 'n', 'v', 's', >= '0' and <= '9', ..] && name.EndsWith(".6.bias", StringComparison.Ordinal))
                value.Fill_(int.Parse(name.Split('.')[1], null) % 3 == 0 ? -2 : 2); // so that some classes pass the gate
        }
        Tensor centres = Tensor.Concatenate([.. Enumerable.Range(0, L).Select(static l => ReferenceWeights.Make($"cluter{l}", K, D))], 0);
        model.Aggregation!.SetPrototypes(centres.Reshape(L, K, D), Tensor.Full([L, K], 1));
    }

    private static IEnumerable<string> PublicNames()
    {
        int[] features = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28], stack = [0, 2, 4, 6];
        IEnumerable<string> layers =
        [
            .. features.Select(static i => $"features.{i}"), .. stack.Select(static i => $"extra_convs.{i}"),
            .. Enumerable.Range(0, L).SelectMany(l => stack.Select(i => $"extra_convs{l}.{i}")),
            "extra_F.0", "extra_F.1", "extra_F.3", "Q", "K", "V", "aggre", "concat_project",
        ];
        foreach (string layer in layers)
        {
            yield return $"{layer}.weight";
            yield return $"{layer}.bias";
        }
        yield return "extra_F.1.running_mean";
        yield return "extra_F.1.running_var";
    }

    private static void AssertNear(WeightFile golden, string name, Tensor actual, double share, double scale = 0)
    {
        float[] expected = golden.Tensors[name].ToArray<float>(), found = actual.Detach().Contiguous().ToArray<float>();
        double largest = Math.Max(scale, expected.Max(static v => Math.Abs((double)v)));
        double deviation = expected.Zip(found, static (a, b) => Math.Abs((double)a - b)).Max();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {deviation / largest:E2}");
        Assert.True(expected.Length == found.Length && deviation <= share * largest, $"{name}: {deviation} of {largest}");
    }
}
