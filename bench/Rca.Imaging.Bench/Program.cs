// Dense CRF of 500×375 pixels: a whole inference (lattices included), default options, 10 iterations.
//   Rca.Imaging.Bench               wall-clock and, for busy machines, processor time of all threads together
//   Rca.Imaging.Bench peer [PYTHON] beside pydensecrf, which PYTHON (/usr/bin/python3 where left out) must have
using System.Runtime.InteropServices;
using Rca.Bench;
using Rca.Benchmarks;
using Rca.Imaging;
using Rca.Imaging.Crf;

const int Width = 500, Height = 375, Runs = 10, Rounds = 5;
foreach (int labels in new[] { 3, 21 })
{
    var (picture, probabilities) = SyntheticScene.Create(Width, Height, labels, seed: 1);
    float[] Infer(int threads) => DenseCrf.Infer(picture, probabilities, labels, new DenseCrfOptions(), threads);
    if (args is ["peer", .. var rest])
        Compare(new PythonPeer(rest is [var python] ? python : "/usr/bin/python3", "densecrf.py", 1), picture, probabilities, labels, Infer);
    else
        foreach (int threads in new[] { 1, 2 }) Measure(labels, threads, () => Infer(threads));
}

void Measure(int labels, int threads, Action infer)
{
    for (int run = 0; run < Runs / 2; run++) infer(); // warms the code and the memory pool
    Cost[] costs = [.. Enumerable.Range(0, Runs).Select(_ => Turns.Measure(infer))];
    Cost median = Turns.Median(costs);
    Console.WriteLine(
        $"dense CRF {Width}×{Height}, {labels,2} labels, {threads} thread(s): "
        + $"median {Turns.Show(median.Wall)}, processor {Turns.Show(median.Processor)}, best {Turns.Show(costs.Min(cost => cost.Wall))}");
}

static void Compare(PythonPeer peer, Picture picture, float[] probabilities, int labels, Func<int, float[]> infer)
{
    using var folder = new TemporaryFolder();
    CrfScene.Write(folder.Path, (picture, probabilities));
    Cost There() => peer.Measure(folder.Path, $"{Width}", $"{Height}", $"{labels}");
    There();
    ReadOnlySpan<float> theirs = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["marginals.raw"]));
    float[] ours = infer(1);
    float largest = 0;
    for (int i = 0; i < ours.Length; i++) largest = Math.Max(largest, Math.Abs(ours[i] - theirs[i]));
    Turns.Agree($"Q of {labels} labels", largest, 1e-3);
    Turns.Header($"dense CRF, {labels} labels");
    foreach (int threads in new[] { 1, 2 })
    {
        infer(threads);
        var (here, there) = Turns.Medians(Rounds, () => Turns.Median([.. Enumerable.Range(0, 3).Select(_ => Turns.Measure(() => infer(threads)))]), There);
        Turns.Row($"{threads} thread(s) here", here, there);
    }
}
