using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Evaluation;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Imaging.Overlays;
using Rca.Imaging.Transforms;
using Rca.Passes;
using Rca.Progress;
using Rca.Torch;

namespace Rca.Labelling;

/// <summary>What labelling writes besides the pseudo labels.</summary>
/// <param name="Saliency">Folder of grey PNGs named like the images, or null.</param>
/// <param name="Overlays">Folder for pictures with their labels painted over, or null.</param>
/// <param name="Maps">Folder for activation maps, or null.</param>
/// <param name="Accumulated">Folder of the maps that training accumulated, read where labels come from these.</param>
public sealed record LabellingFolders(string? Saliency = null, string? Overlays = null, string? Maps = null, string? Accumulated = null);

/// <summary>The result of labelling.</summary>
/// <param name="Pictures">Label maps written.</param>
/// <param name="Maps">Evaluation of the maps alone, before the CRF; null without true masks.</param>
/// <param name="Labels">Evaluation of the pseudo labels; null without true masks.</param>
/// <param name="Unreadable">Files that could not be read, with the reason.</param>
/// <param name="WithoutSaliency">Images that had no saliency map and were labelled by the background formula.</param>
/// <param name="Compute">Device and precision.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record LabellingResult(
    int Pictures, EvaluationReport? Maps, EvaluationReport? Labels, IReadOnlyDictionary<string, string> Unreadable,
    IReadOnlyList<string> WithoutSaliency, string Compute, double Seconds)
{
    /// <summary>The outcome of each labelled picture, in their order. <c>--json</c> leaves it out: there may be 100,000.</summary>
    [JsonIgnore]
    public IReadOnlyList<PictureOutcome> Outcomes { get; init; } = [];
}

/// <summary>Labels the images of a data set with a trained classification network.</summary>
public sealed class LabellingRun
{
    private const int PicturesAtOnce = 16, PicturesBetweenRecords = 64;

    /// <summary>Holds what was learnt of background, beside the label maps.</summary>
    private const string BackgroundName = "background.safetensors";
    private readonly Classifier _classifier;
    private readonly LabellingOptions _options;
    private readonly PseudoLabeller _labeller;
    private readonly LabellingFolders _folders;
    private readonly SaliencyFolder? _saliency;

    /// <summary>Prepares labelling.</summary>
    /// <param name="classifier">The trained network.</param>
    /// <param name="options">Settings.</param>
    /// <param name="folders">Optional inputs and outputs.</param>
    public LabellingRun(Classifier classifier, LabellingOptions options, LabellingFolders folders)
    {
        options.Validate();
        if (options.Maps == MapKind.Accumulated && !Directory.Exists(folders.Accumulated))
            throw new RcaException("The run kept no maps while it trained, so labels cannot come from accumulated maps. Train with --set accumulate_maps=true, or label with --set maps=final.");
        _saliency = folders.Saliency is { } saliency ? new SaliencyFolder(saliency) : null;
        _labeller = new PseudoLabeller(options);
        (_classifier, _options, _folders) = (classifier, options, folders);
    }

    /// <summary>Writes one label map for each image, named like it, below <paramref name="output"/>.</summary>
    /// <param name="images">The images, with their tags.</param>
    /// <param name="output">Folder of the label maps.</param>
    /// <param name="progress">Receives the progress after every few pictures.</param>
    /// <param name="cancellation">Stops between pictures; written files stay.</param>
    /// <param name="madeFrom">
    /// A text that is different for another network, other settings or other pictures. Stopped labelling goes on if <paramref name="output"/> was made from the
    /// same, and starts again if not. Null labels everything.
    /// </param>
    /// <exception cref="RcaException">Saliency maps are missing and <see cref="LabellingOptions.MissingSaliency"/> says to stop, or all are.</exception>
    public LabellingResult Run(IReadOnlyList<TaggedImage> images, string output, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default, string? madeFrom = null)
    {
        _saliency?.Require(images, _options.MissingSaliency);
        if (_options.Maps == MapKind.Accumulated && !images.Any(image => File.Exists(Path.Combine(_folders.Accumulated!, ActivationMapFile.NameFor(image.Name)))))
            throw new RcaException($"{_folders.Accumulated} has a map for none of the {images.Count} images: training accumulates maps of its train images alone. Label others with --set maps=final.");
        var watch = Stopwatch.StartNew();
        using var owned = FolderLock.Take(output);
        var record = new PassRecord<Counts>(output, madeFrom, images);
        var (done, written, before, lines) = record.Begin();
        Tally tally = before is null ? new Tally() : Restore(written, before);
        tally.Outcomes.Restore(lines, images);
        int recorded = done;
        PositionClassifier? learnt = done == images.Count ? null : ReadBackground(output, madeFrom, _classifier.Compute.Device);
        TaggedImage[] teachers = _options.Background is { } settings && learnt is null && done < images.Count ? [.. TaggedDataset.Spread(images, settings.Pictures)] : [];
        int learning = teachers.Length * (_options.Background?.Rounds ?? 0);
        if (teachers.Length > 0)
            learnt = LearnBackground(teachers, output, madeFrom, (looked, round) =>
                progress?.Report(new StageProgress("Labelling", looked, learning + images.Count, $"learning background {round}/{_options.Background!.Rounds}  {_classifier.Compute.Detail()}".TrimEnd())), cancellation);
        using PositionClassifier? classifier = learnt;
        var mapper = new ActivationMapper(_classifier.Model, _classifier.Options.Size, _options, _classifier.Compute) { Classifier = classifier };
        MapKind kind = classifier is null ? _options.Maps : MapKind.Final;
        using var finishing = new Overlap(_classifier.Compute.Device);
        foreach (TaggedImage[] chunk in PictureGroup.Chunk([.. images.Skip(done)], PicturesAtOnce))
        {
            var seen = new List<(TaggedImage Image, Picture Picture, ActivationMap? Map)>();
            foreach (PictureGroup group in PictureGroup.Read(chunk, tally.Unreadable))
            {
                cancellation.ThrowIfCancellationRequested();
                ActivationMap[]? maps = kind == MapKind.Accumulated ? null : mapper.Map(group.Pictures, [.. group.Images.Select(static image => image.Tags)], kind);
                seen.AddRange(group.Images.Select((image, i) => (image, group.Pictures[i], maps?[i])));
            }
            finishing.Run(() =>
            {
                // Those of all sizes: several threads on one picture are worth less.
                Workers.SideBySide(seen.Count, cancellation, (i, threads) =>
                {
                    var (image, picture, found) = seen[i];
                    if ((found ?? ReadAccumulated(image, picture, tally)) is { } map) Finish(image, picture, map, output, tally, threads);
                });
                done += chunk.Length;
                if (done - recorded >= PicturesBetweenRecords || done == images.Count)
                {
                    record.Save(done, tally.Written, tally.ToCounts(), tally.Outcomes.NewLines());
                    recorded = done;
                }
                progress?.Report(new StageProgress("Labelling", learning + done, learning + images.Count, _classifier.Compute.Detail()));
            });
        }
        finishing.Finish();
        return new LabellingResult(
            tally.Written, tally.Maps?.ToReport(_classifier.Classes), tally.Labels?.ToReport(_classifier.Classes),
            tally.Unreadable, [.. tally.WithoutSaliency.Order(StringComparer.Ordinal)], _classifier.Compute.ToString(), watch.Elapsed.TotalSeconds)
        {
            Outcomes = tally.Outcomes.InOrder(images),
        };
    }

    private PositionClassifier? LearnBackground(IReadOnlyList<TaggedImage> teachers, string output, string? madeFrom, Action<int, int> progress, CancellationToken cancellation)
    {
        var ignored = new Tally(); // labelling itself counts what is missing
        PositionClassifier? learnt = new BackgroundLearner(_classifier, _options).Learn(teachers, (image, map) => ReadSaliency(image, map, ignored), progress, cancellation);
        if (madeFrom is not null && learnt is not null) OutputFile.Write(output, BackgroundName, path => learnt.Write(path, madeFrom));
        return learnt;
    }

    /// <summary>What labelling into a folder learnt of background; null if it learnt nothing, or from something else, or the file is damaged.</summary>
    internal static PositionClassifier? ReadBackground(string folder, string? madeFrom, Device device)
    {
        string path = Path.Combine(folder, BackgroundName);
        try
        {
            return madeFrom is not null && File.Exists(path) ? PositionClassifier.Read(path, madeFrom, device) : null;
        }
        catch (WeightFileException)
        {
            return null; // it is learnt anew
        }
    }

    private void Finish(TaggedImage image, Picture picture, ActivationMap map, string output, Tally tally, int threads)
    {
        LabelMap labels = Resampler.Resize(
            _labeller.Label(map.Match(picture), map, ReadSaliency(image, map, tally), threads, out double doubt), picture.Width, picture.Height);
        OutputFile.Write(output, image.MaskName, path => LabelFile.Write(path, labels));
        Interlocked.Increment(ref tally.Written);
        if (_folders.Overlays is { } overlays)
            OutputFile.Write(overlays, image.MaskName, path => PictureFile.WritePng(path, Overlay.Draw(picture, labels, outline: true)));
        if (_folders.Maps is { } maps)
            OutputFile.Write(maps, ActivationMapFile.NameFor(image.Name), path => ActivationMapFile.Write(path, map, _classifier.Classes));
        var outcome = PictureOutcome.Of(image, labels, doubt);
        if (TrueMask.Read(image, labels, _classifier.Classes.Count, tally.Unreadable) is { } truth)
        {
            Judge(Resampler.Resize(_labeller.FromMaps(map), picture.Width, picture.Height), labels, truth, tally);
            outcome = outcome with { Iou = PictureOutcome.MeanIou(labels, truth, _classifier.Classes.Count) };
        }
        tally.Outcomes.Add(outcome);
    }

    /// <summary>The map that training kept of a picture, at the size that labels are made at; null where it cannot be read.</summary>
    private ActivationMap? ReadAccumulated(TaggedImage image, Picture picture, Tally tally)
    {
        if (image.Tags.Count == 0) return ActivationMap.Empty(MultiScale.ResultSize(picture)); // background throughout, and no file
        string path = Path.Combine(_folders.Accumulated!, ActivationMapFile.NameFor(image.Name));
        try
        {
            return ActivationMapFile.Read(path, image.Tags, _classifier.Classes).Resized(MultiScale.ResultSize(picture));
        }
        catch (WeightFileException e)
        {
            tally.Unreadable.TryAdd(path, e.Message);
            return null;
        }
    }

    private Picture? ReadSaliency(TaggedImage image, ActivationMap map, Tally tally)
    {
        if (_saliency is null) return null;
        try
        {
            if (_saliency.Read(image, map.Width, map.Height) is { } saliency) return saliency;
        }
        catch (PictureException e) when (_options.MissingSaliency == MissingSaliency.Formula)
        {
            tally.Unreadable.TryAdd(e.Path, e.Message);
        }
        tally.WithoutSaliency.Add(image.Name);
        return null;
    }

    private void Judge(LabelMap fromMaps, LabelMap labels, LabelMap truth, Tally tally)
    {
        lock (tally)
        {
            (tally.Maps ??= new ConfusionMatrix(_classifier.Classes.Count)).Add(fromMaps, truth);
            (tally.Labels ??= new ConfusionMatrix(_classifier.Classes.Count)).Add(labels, truth);
        }
    }

    private Tally Restore(int written, Counts before)
    {
        var tally = new Tally { Written = written };
        foreach (var (path, reason) in before.Unreadable) tally.Unreadable.TryAdd(path, reason);
        foreach (string image in before.WithoutSaliency) tally.WithoutSaliency.Add(image);
        if (before.Maps is { } maps) tally.Maps = ConfusionMatrix.Restore(_classifier.Classes.Count, maps);
        if (before.Labels is { } labels) tally.Labels = ConfusionMatrix.Restore(_classifier.Classes.Count, labels);
        return tally;
    }

    /// <summary>The counts that are written to the folder.</summary>
    private sealed record Counts(IReadOnlyDictionary<string, string> Unreadable, IReadOnlyList<string> WithoutSaliency, long[]? Maps, long[]? Labels);

    /// <summary>What one run counts, from several threads.</summary>
    private sealed class Tally
    {
        public readonly ConcurrentDictionary<string, string> Unreadable = new();
        public readonly ConcurrentBag<string> WithoutSaliency = [];
        public readonly OutcomeTally Outcomes = new();
        public ConfusionMatrix? Maps, Labels;
        public int Written;

        public Counts ToCounts() => new(Unreadable, [.. WithoutSaliency], Maps?.Save(), Labels?.Save());
    }
}
