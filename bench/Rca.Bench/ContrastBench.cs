using Rca.Benchmarks;
using Rca.Classification;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>
/// What the method adds to a step beside its network, for 16 pictures at 368 and a full memory of 20 × 500 × 512: regions, contrast with its
/// gradient, memory and gathering. Beside the same by loops over pictures and classes, and as a share of the step of VGG16.
/// </summary>
internal static class ContrastBench
{
    private const int Batch = 16, Classes = 20, Rounds = 5;
    private static readonly ClassificationOptions Options = new() { Backbone = "vgg16", Width = 1, Aggregation = true, ScoreGate = 0, RegionThreshold = 0, ContrastTemperature = 0.07 };

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        peer.Run("write", folder["inputs.pth"]);
        using WeightFile inputs = WeightFile.Read(folder["inputs.pth"]);
        using var model = new ClassificationModel(Classes, Options);
        using var memory = RegionalMemory.Create(Classes, model.Channels, Options, Device.Cpu);
        memory.LoadState(inputs.Below("memory."));
        var aggregation = (PrototypeAggregation)model.Aggregation!;
        aggregation.SetPrototypes(inputs.Tensors["prototypes"], Tensor.Full([Classes, Options.Prototypes], 1));

        double[] here = Measure(inputs, memory, aggregation), there = peer.Run("measure", folder["inputs.pth"]);
        foreach (var (what, i) in new[] { ("loss", 2), ("norm of its gradient", 3), ("norm of what is gathered", 4), ("norm of the memory", 5) })
            Turns.Agree(what, Math.Abs(here[i] / there[i] - 1), 1e-4);
        List<double[]> ours = [], theirs = [];
        for (int round = 0; round < Rounds; round++)
        {
            memory.LoadState(inputs.Below("memory."));
            ours.Add(Measure(inputs, memory, aggregation));
            theirs.Add(peer.Run("measure", folder["inputs.pth"]));
        }
        double Median(List<double[]> figures, Func<double[], double> figure) => Turns.Median([.. figures.Select(figure)]);
        void Row(string what, Func<double[], double> figure) => Turns.Row(what, Median(ours, figure), Median(theirs, figure));
        Turns.Header($"{Batch} pictures");
        Row("regions, contrast and memory", static figures => figures[0]);
        Row("gathering", static figures => figures[1]);
        Row("together", static figures => figures[0] + figures[1]);
        double step = Step() * Batch, share = Median(ours, static figures => figures[0] + figures[1]) / step;
        Console.WriteLine(FormattableString.Invariant($"the network's step of {Batch} pictures takes {Turns.Show(step)} ({Batch} times that of one); together they are {share:P2} of it"));
    }

    /// <summary>Seconds of contrast and memory, seconds of gathering, loss, norms of its gradient, of what is gathered and of the memory.</summary>
    private static double[] Measure(WeightFile inputs, RegionalMemory memory, PrototypeAggregation aggregation)
    {
        using var scope = new TensorScope();
        float[] tags = inputs.Tensors["tags"].ToArray<float>(), weights = inputs.Tensors["weights"].ToArray<float>();
        IReadOnlyList<int>[] classes = [.. Enumerable.Range(0, Batch).Select(i => (int[])[.. Enumerable.Range(0, Classes).Where(l => tags[i * Classes + l] > 0)])];
        var mixing = new SemanticContrast.Mixing([.. inputs.Tensors["partners"].ToArray<long>().Select(static q => (int)q)], weights);
        int[] images = [.. Enumerable.Range(100_000, Batch)]; // none is in the memory: each takes the oldest slot of its class
        Tensor features = inputs.Tensors["features"], maps = inputs.Tensors["maps"], g = inputs.Tensors["projected"].Clone().WithGrad();
        double loss = 0;
        double contrast = Turns.Seconds(() => loss = MethodStep.Make(memory, classes, images, features, maps, g, Options, mixing).Item());
        Tensor? gathered = null;
        double gathering = Turns.Seconds(() => gathered = aggregation.Gather(features, maps));
        return [contrast, gathering, loss, Norm(g.Grad!), Norm(gathered!), Norm(memory.Vectors().Vectors)];
    }

    private static double Norm(Tensor tensor) => (tensor * tensor).Sum().Sqrt().Item();

    /// <summary>Seconds of forward, loss and backward of VGG16, head and projection, for a picture; without the optimiser.</summary>
    public static double Step()
    {
        using var outer = new TensorScope();
        using var net = new ClassificationModel(Classes, Options with { Aggregation = false });
        Tensor pictures = Tensor.Zeros([1, 3, 368, 368]), tags = Tensor.Full([1, Classes], 0.5);
        pictures.Normal_(0, 1);
        return Turns.MedianOf(1, 2, () =>
        {
            using var step = new TensorScope();
            ClassificationOutput output = net.Forward(pictures);
            (output.Maps.Mean([2, 3]).MultiLabelSoftMargin(tags) + net.Projection!.Forward(output.Features).Mean()).Backward();
        });
    }
}
