using System.Globalization;
using Rca.Backbones;
using Rca.Segmentation;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>The table of docs/backbones.md: what each backbone costs for one picture, counted while it looks at one.</summary>
internal static class Costs
{
    private static readonly int[] Sizes = [368, 321];

    public static void Run()
    {
        Console.WriteLine($"| backbone | D | parameters | {string.Join(" | ", Sizes.Select(static size => $"multiply-adds, {size} | activations, {size}"))} |");
        Console.WriteLine($"|---|---|---|{string.Concat(Enumerable.Repeat("---|---|", Sizes.Length))}");
        foreach (string name in Backbone.Names)
        {
            using var net = Backbone.Create(name, 1);
            Row($"`{name}`", net, $"{net.Channels}", net.Forward);
        }
        using (var small = Backbone.Create("resnet18s", 0.25)) Row("`resnet18s`, width 0.25", small, $"{small.Channels}", small.Forward);
        using (var coarse = Backbone.Create("resnet101", 1, outputStride: 16)) Row("`resnet101`, output stride 16", coarse, $"{coarse.Channels}", coarse.Forward);
        using var deepLab = new DeepLabV2(21, new SegmentationOptions { Backbone = "resnet101-caffe", Width = 1, Size = 321 });
        Row("DeepLab-v2 on `resnet101-caffe`, 21 labels", deepLab, "21", deepLab.Forward);
    }

    private static void Row(string name, Module net, string channels, Func<Tensor, Tensor> forward)
    {
        using var noGrad = new NoGrad();
        net.Train(false);
        var cells = Sizes.Select(size =>
        {
            using var scope = new TensorScope();
            Tensor picture = Tensor.Zeros([1, 3, size, size]);
            using var counter = new OperationCounter();
            forward(picture);
            return string.Create(CultureInfo.InvariantCulture, $"{counter.MultiplyAdds * 1e-9:F1} G | {counter.ActivationBytes / 1048576.0:F0} MiB");
        });
        double parameters = net.Parameters().Sum(static item => item.Value.Count) * 1e-6;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {channels} | {parameters:F2} M | {string.Join(" | ", cells)} |"));
    }
}
