using System.Globalization;
using Rca.Classification;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>The cost of a training step here and in Python's torch on the same libtorch, with the same network, batch, threads and precision.</summary>
internal static class StepBench
{
    private const int Rounds = 3;

    public static void Run(PythonPeer peer)
    {
        Turns.Header("median of a step");
        var medians = new Dictionary<string, double>();
        foreach (var (name, measure) in new (string, Func<double>)[] { ("add", Add), ("fp32", static () => Train(bfloat16: false)), ("bf16", static () => Train(bfloat16: true)) })
        {
            var (here, there) = Turns.Medians(Rounds, measure, () => peer.Run(name, $"{TorchRuntime.Threads}")[0]);
            medians[name] = here;
            Turns.Row(name, here, there);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bf16 is {medians["fp32"] / medians["bf16"]:F2} times as fast as fp32 here"));
    }

    private static double Add()
    {
        using var outer = new TensorScope();
        Tensor a = Tensor.Full([4], 1), b = Tensor.Full([4], 2);
        const int calls = 10_000;
        return Turns.MedianOf(20, 40, () =>
        {
            for (int i = 0; i < calls; i += 100)
            {
                using var scope = new TensorScope();
                for (int k = 0; k < 100; k++) _ = a + b;
            }
        }) / calls;
    }

    // Forward, loss, backward and update of the plain classification network: ResNet-18 of half width at stride 8, 20 classes, 16 pictures of 160².
    private static double Train(bool bfloat16)
    {
        using var outer = new TensorScope();
        TorchRuntime.Seed(1);
        using var net = new ClassificationModel(20, new ClassificationOptions { Backbone = "resnet18", Width = 0.5 }.AsCam());
        net.To(Device.Cpu, channelsLast: bfloat16);
        Tensor pictures = Tensor.Zeros([16, 3, 160, 160]), tags = Tensor.Full([16, 20], 0.5);
        pictures.Normal_(0, 1);
        if (bfloat16) pictures = pictures.ChannelsLast();
        using var rule = new AdamW([new ParameterGroup([.. net.Parameters()], 1e-3, 0.05)]);
        return Turns.MedianOf(3, 9, () =>
        {
            using var step = new TensorScope();
            Tensor loss;
            using (var forward = new TensorScope())
            {
                Tensor maps;
                using (new Autocast(Device.Cpu, bfloat16)) maps = net.Forward(pictures).Maps;
                loss = forward.Keep(maps.To(DType.Float32).Mean([2, 3]).MultiLabelSoftMargin(tags));
            }
            loss.Backward();
            rule.Step(1);
        });
    }
}
