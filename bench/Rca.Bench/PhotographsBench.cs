using System.Globalization;
using System.Text.Json;
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Folder;
using Rca.Evaluation;
using Rca.Labelling;
using Rca.Text;
using Rca.Torch;
using Rca.Training;

namespace Rca.Bench;

/// <summary>
/// Pseudo labels of photographs by three ways with the same pictures, backbone, threads and minutes of training: plain CAM as users of torch-cam
/// make it, the best that a short script of Python's torch gets, and RCA here. One judge judges all.
/// </summary>
internal static class PhotographsBench
{
    private const string Weights = "resnet18-cntk", ExactBorders = "exact-borders.txt";
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="peer">The script of the other two.</param>
    /// <param name="arguments">Folder of the data set; a new folder for runs and labels; minutes; changes of settings, as in <c>training.size=224</c>.</param>
    public static void Run(PythonPeer peer, string[] arguments)
    {
        if (arguments is not [var folder, var output, var time, .. var more])
            throw new RcaException("Expected photographs DATA OUT MINUTES [SETTING=VALUE ...] [PYTHON].");
        if (Directory.Exists(output)) throw new RcaException($"{output} is already there. Name a new folder.");
        double minutes = double.Parse(time, CultureInfo.InvariantCulture);
        Settings settings = SettingOverrides.Apply(
            new Settings(new ClassificationOptions().FromWeights(Weights) with { Backbone = Weights }, new LabellingOptions().FromWeights()), [.. more.Where(IsSetting)]);
        TaggedDataset whole = FolderDataset.Load(folder), data = whole with { Images = whole.Of(Split.Train) }; // nobody looks at the others
        TaggedImage[] judged = Judged(data);
        EvaluationReport Judge(string labels) => MaskEvaluation.Run(labels, data, judged);

        PeerAnswer Ask(string way)
        {
            string labels = Path.Combine(output, way);
            string line = peer.Answer(
                way, folder, PublicWeights.Locate(settings.Training.Weights!), time, labels, "--seed", settings.Training.Seed.ToString(CultureInfo.InvariantCulture));
            Console.WriteLine(line);
            PeerAnswer answer = JsonSerializer.Deserialize<PeerAnswer>(line, Json)!;
            Turns.Agree($"mean IoU of {way}", Math.Abs(Judge(labels).MeanIou!.Value - answer.MeanIou), 1e-9);
            return answer;
        }

        PeerAnswer cam = Ask("cam"), best = Ask("best");
        var compute = new Compute(precision: settings.Training.Precision);
        ClassificationOptions options = settings.Training with { Epochs = EpochsIn(minutes, data, settings.Training, compute) };
        var run = new RunFolder(Path.Combine(output, "rca"));
        TrainingResult trained = ClassificationRun.Train(data, run, options, compute);
        using Classifier classifier = Classifier.Load(run, compute);
        string own = Path.Combine(output, "rca-labels");
        LabellingResult labelled = new LabellingRun(classifier, settings.Labelling, new LabellingFolders()).Run(judged, own);

        Console.WriteLine(FormattableString.Invariant(
            $"\n| {minutes} minutes of training, {data.Images.Count} pictures, {judged.Length} of them labelled, {TorchRuntime.Threads} threads, {compute}, seed {options.Seed} | epochs | training | labelling | mIoU of the labels | at the best threshold |"));
        Console.WriteLine("|---|---|---|---|---|---|");
        Row("plain CAM, as users of torch-cam make it", cam);
        Row("the best of a short script in Python's torch", best);
        Row("RCA here, maps before the CRF", trained.Epochs, trained.Seconds, null, labelled.Maps?.MeanIou, "");
        Row("RCA here", trained.Epochs, trained.Seconds, labelled.Seconds, Judge(own).MeanIou, "");
    }

    /// <summary>Whether an argument is a setting, and not the Python to use.</summary>
    public static bool IsSetting(string argument) => argument.Contains('=', StringComparison.Ordinal);

    /// <summary>Pictures whose true masks have borders as exact as they come, where a list names these; else all that have a mask.</summary>
    private static TaggedImage[] Judged(TaggedDataset data)
    {
        string list = Path.Combine(data.Root, ExactBorders);
        HashSet<string>? names = File.Exists(list) ? [.. File.ReadLines(list).Select(static name => name.Trim())] : null;
        return [.. data.Images.Where(image => image.HasMask && names?.Contains(Path.ChangeExtension(image.Name, null)) != false)];
    }

    /// <summary>How many epochs fit, by the time of two in which all parts of the method are at work: the second with prototypes, the first without.</summary>
    private static int EpochsIn(double minutes, TaggedDataset data, ClassificationOptions options, Compute compute)
    {
        using var folder = new TemporaryFolder();
        double seconds = ClassificationRun.Train(data, new RunFolder(folder["run"]), options with { Epochs = 2, ContrastStart = 0 }, compute).Seconds / 2;
        int epochs = Math.Max(1, (int)Math.Round(60 * minutes / seconds));
        Console.WriteLine($"an epoch takes {Turns.Show(seconds)}: {epochs} epochs");
        return epochs;
    }

    private static void Row(string way, PeerAnswer answer)
    {
        var (threshold, iou) = answer.Others.MaxBy(static other => other.Value);
        Row($"{way}, above {answer.Threshold.ToString(CultureInfo.InvariantCulture)}", answer.Epochs, answer.TrainingSeconds, answer.LabellingSeconds, answer.MeanIou, FormattableString.Invariant($"{iou:F3} above {threshold}"));
    }

    private static void Row(string way, double epochs, double training, double? labelling, double? iou, string best) =>
        Console.WriteLine(FormattableString.Invariant($"| {way} | {epochs:0.#} | {training:F0} s | {labelling:F0}{(labelling is null ? "" : " s")} | {iou:F3} | {best} |"));

    private sealed record Settings(ClassificationOptions Training, LabellingOptions Labelling);

    /// <summary>What the script answers; others are the mean IoU at other thresholds.</summary>
    private sealed record PeerAnswer(double MeanIou, double Threshold, double Epochs, double TrainingSeconds, double LabellingSeconds, Dictionary<string, double> Others);
}
