using Rca.Data;
using Rca.Files;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;

namespace Rca.Evaluation;

/// <summary>Compares a folder of predicted masks with true ones.</summary>
public static class MaskEvaluation
{
    /// <summary>Classes assumed where no names are given: what 8-bit mask files can hold.</summary>
    private const int UnnamedClasses = 254;

    private const int Listed = 10;

    /// <summary>
    /// Compares the masks that have the same path below both folders. Every true mask needs a prediction; predictions without truth are
    /// not looked at. Masks are read in parallel, one pair for each processor in memory at a time.
    /// </summary>
    /// <param name="predictionFolder">Folder of predicted masks: palette, grey or 16-bit PNG, 255 (65535) = ignore.</param>
    /// <param name="truthFolder">Folder of true masks, same format.</param>
    /// <param name="classes">Class names in order; null takes any label up to 254 and names them by number.</param>
    /// <param name="options">How pixels count; null for the defaults.</param>
    /// <param name="names">Masks to compare, as paths below the folders (<see cref="TaggedImage.MaskName"/>); null for all of the truth.</param>
    /// <param name="progress">Receives the progress after each mask, from several threads.</param>
    /// <param name="cancellation">Stops between masks.</param>
    /// <exception cref="RcaException">A folder or masks are missing, unreadable, differ in size or hold labels without a class; up to 10 are listed.</exception>
    public static EvaluationReport Run(
        string predictionFolder,
        string truthFolder,
        IReadOnlyList<string>? classes = null,
        EvaluationOptions? options = null,
        IReadOnlyCollection<string>? names = null,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellation = default)
    {
        var truth = MaskFiles(truthFolder, "true");
        var wanted = names ?? truth.Keys;
        Demand(wanted.Where(name => !truth.ContainsKey(name)), wanted.Count, truthFolder, "true");
        return Run(predictionFolder, truthFolder, [.. wanted.Select(name => (name, (Func<LabelMap?, LabelMap>)(spare => LabelFile.Read(truth[name], spare))))], classes, options, progress, cancellation);
    }

    /// <summary>Compares predicted masks with the true masks of a data set, whatever its layout.</summary>
    /// <param name="predictionFolder">Folder of predicted masks, named like the images.</param>
    /// <param name="data">Gives the names of the classes.</param>
    /// <param name="images">Images of the data set; those without a true mask are passed over.</param>
    /// <param name="options">How pixels count; null for the defaults.</param>
    /// <param name="progress">Receives the progress after each mask, from several threads.</param>
    /// <param name="cancellation">Stops between masks.</param>
    /// <exception cref="RcaException">Masks are missing, unreadable, differ in size or hold labels without a class; up to 10 are listed.</exception>
    public static EvaluationReport Run(
        string predictionFolder,
        TaggedDataset data,
        IReadOnlyList<TaggedImage> images,
        EvaluationOptions? options = null,
        IProgress<(int Done, int Total)>? progress = null,
        CancellationToken cancellation = default) =>
        Run(
            predictionFolder, data.Root, [.. images.Where(image => image.HasMask).Select(image => (image.MaskName, (Func<LabelMap?, LabelMap>)(_ => image.ReadMask()!)))],
            data.Classes, options, progress, cancellation);

    private static EvaluationReport Run(
        string predictionFolder, string source, IReadOnlyList<(string Name, Func<LabelMap?, LabelMap> Read)> truth, IReadOnlyList<string>? classes,
        EvaluationOptions? options, IProgress<(int Done, int Total)>? progress, CancellationToken cancellation)
    {
        options ??= new EvaluationOptions();
        options.Validate();
        var predictions = MaskFiles(predictionFolder, "predicted");
        if (truth.Count == 0)
            throw new RcaException($"{source}: no mask to compare with. Expected PNG masks, one for each picture, or a data set with annotated masks.");
        Demand(truth.Select(mask => mask.Name).Where(name => !predictions.ContainsKey(name)), truth.Count, predictionFolder, "predicted");

        var total = new ConfusionMatrix(classes?.Count ?? UnnamedClasses, options);
        var failures = new List<string>();
        var done = 0;
        Parallel.ForEach(
            truth,
            new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            // The last pair's memory serves the next: fresh memory of this size costs more than all else.
            () => (Matrix: new ConfusionMatrix(total.Labels - 1, options), Prediction: (LabelMap?)null, Truth: (LabelMap?)null),
            (mask, loop, worker) =>
            {
                try
                {
                    worker.Prediction = LabelFile.Read(predictions[mask.Name], worker.Prediction);
                    worker.Truth = mask.Read(worker.Truth);
                    worker.Matrix.Add(worker.Prediction, worker.Truth);
                }
                catch (Exception mistake) when (mistake is RcaException or PictureException)
                {
                    lock (failures)
                    {
                        failures.Add(mistake is PictureException ? mistake.Message : $"{mask.Name}: {mistake.Message}");
                        if (failures.Count >= Listed)
                            loop.Stop();
                    }
                }
                progress?.Report((Interlocked.Increment(ref done), truth.Count));
                return worker;
            },
            worker =>
            {
                lock (total)
                    total.Merge(worker.Matrix);
            });

        if (failures.Count > 0)
            throw new RcaException(
                $"Masks that cannot be compared (at most {Listed} are listed):\n  " + string.Join("\n  ", failures.Take(Listed).Order(StringComparer.Ordinal)));
        return total.ToReport(classes);
    }

    private static Dictionary<string, string> MaskFiles(string folder, string role)
    {
        if (!Directory.Exists(folder))
            throw new RcaException($"{folder}: there is no such folder. Expected a folder of {role} masks (PNG).");
        var listing = SafeFolder.List(folder);
        return listing.Files
            .Where(file => file.Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(file => file.Name, file => file.Path, StringComparer.Ordinal);
    }

    private static void Demand(IEnumerable<string> missing, int total, string folder, string role)
    {
        var names = missing.Order(StringComparer.Ordinal).ToList();
        if (names.Count > 0)
            throw new RcaException(
                $"{folder}: {role} masks are missing for {names.Count} of {total} pictures: {string.Join(", ", names.Take(Listed))}{(names.Count > Listed ? ", ..." : "")}. "
                + "Expected a PNG at the same path below both folders.");
    }
}
