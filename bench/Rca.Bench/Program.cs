// The cost of a training step here and in Python's torch on the same libtorch, with the same network, batch, threads and precision:
//   Rca.Bench [PYTHON]      PYTHON is a Python with torch, /usr/bin/python3 where left out
//   Rca.Bench soak          2,000 steps of the whole method, with the memory in use every 200
//   Rca.Bench costs         parameters, multiply-adds and activation memory of each backbone: the table of docs/backbones.md
//   Rca.Bench weights [PYTHON]  reading VGG16's 528 MiB, made by Python's torch, here and there
// Both sides take turns, so that a busy machine is equally busy for both. Nothing here decides whether a build passes.
using System.Diagnostics;
using System.Globalization;
using Rca.Bench;
using Rca.Classification;
using Rca.Torch;

const int Rounds = 3;
const string Usual = "/usr/bin/python3";
TorchRuntime.Initialize();
Console.WriteLine($"libtorch {TorchRuntime.Version}, {TorchRuntime.Threads} threads, bfloat16 in hardware: {TorchRuntime.HasFastBFloat16}");
if (args is ["soak"])
{
    Soak.Run();
    return;
}
if (args is ["costs"])
{
    Costs.Run();
    return;
}
if (args is ["weights", .. var rest])
{
    WeightLoading.Run(rest is [var other] ? other : Usual);
    return;
}
string python = args is [var named] ? named : Usual;
Console.WriteLine($"{"median of a step",-22}{"here",12}{"Python",12}{"here/Python",14}");
var medians = new Dictionary<string, double>();
foreach (var (name, measure) in new (string, Func<double>)[] { ("add", Add), ("fp32", static () => Train(bfloat16: false)), ("bf16", static () => Train(bfloat16: true)) })
{
    double[] here = new double[Rounds], there = new double[Rounds];
    for (int round = 0; round < Rounds; round++) (here[round], there[round]) = (measure(), Python(name));
    double a = medians[name] = Median(here), b = Median(there);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22}{Show(a),12}{Show(b),12}{a / b,14:F2}"));
}
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bf16 is {medians["fp32"] / medians["bf16"]:F2} times as fast as fp32 here"));

static double Add()
{
    using var outer = new TensorScope();
    Tensor a = Tensor.Full([4], 1), b = Tensor.Full([4], 2);
    const int calls = 10_000;
    return MedianOf(20, 40, () =>
    {
        for (int i = 0; i < calls; i += 100)
        {
            using var scope = new TensorScope();
            for (int k = 0; k < 100; k++) _ = a + b;
        }
    }) / calls;
}

// Forward, loss, backward and update of the plain classification network: ResNet-18 of half width at stride 8, 20 classes, 16 pictures of 160².
static double Train(bool bfloat16)
{
    using var outer = new TensorScope();
    TorchRuntime.Seed(1);
    using var net = new ClassificationModel(20, new ClassificationOptions { Backbone = "resnet18", Width = 0.5 }.AsCam());
    net.To(Device.Cpu, channelsLast: bfloat16);
    Tensor pictures = Tensor.Zeros([16, 3, 160, 160]), tags = Tensor.Full([16, 20], 0.5);
    pictures.Normal_(0, 1);
    if (bfloat16) pictures = pictures.ChannelsLast();
    using var rule = new AdamW([new ParameterGroup([.. net.Parameters()], 1e-3, 0.05)]);
    return MedianOf(3, 9, () =>
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

static string Show(double seconds) => seconds < 1e-3
    ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e9:F0} ns")
    : string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:F1} ms");

double Python(string name)
{
    var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "step.py"), name, $"{TorchRuntime.Threads}"]) { RedirectStandardOutput = true };
    start.Environment["GOMP_SPINCOUNT"] = "100000"; // as TorchRuntime sets it for this process
    using Process process = Process.Start(start)!;
    string seconds = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return double.Parse(seconds, CultureInfo.InvariantCulture);
}

static double MedianOf(int warmUp, int count, Action step)
{
    for (int i = 0; i < warmUp; i++) step();
    var times = new double[count];
    for (int i = 0; i < count; i++)
    {
        long start = Stopwatch.GetTimestamp();
        step();
        times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
    return Median(times);
}

static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
