using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Rca.Computing;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Torch;

namespace Rca.Data.Loading;

/// <summary>One batch of training pictures. The caller must dispose it.</summary>
/// <param name="Images">Index of each picture in the loader's list of images.</param>
/// <param name="Pictures">The pictures, in the same order.</param>
/// <param name="Labels">Label maps (B, H, W) on the processor, Int64, -1 for ignore, where the loader has them. They go with the batch.</param>
/// <param name="IsLabelled">Whether any pixel has a label that is not ignore.</param>
public sealed record TrainingBatch(int[] Images, PictureBatch Pictures, Tensor? Labels, bool IsLabelled) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Pictures.Dispose();
        Labels?.Dispose();
    }
}

/// <summary>
/// Reads, augments and batches training pictures on other threads, ahead of the training step: as many batches at a time as keep all processors
/// busy, and two more. As many finished batches may wait if the step is slow.
/// Pictures that cannot be read are named once in <see cref="Unreadable"/> and left out.
/// </summary>
public sealed class BatchLoader
{
    /// <summary>The label of ignored pixels in <see cref="TrainingBatch.Labels"/>.</summary>
    public const long Ignore = -1;

    private const int BatchesAhead = 2, LoaderStream = 0;
    private readonly IReadOnlyList<TaggedImage> _images;
    private readonly Compute _compute;
    private readonly Func<int, Augmentation> _augmentation;
    private readonly Func<TaggedImage, string>? _labelPath;
    private readonly int _batchSize, _seed, _labels;
    private readonly bool _shuffle;
    private readonly ConcurrentDictionary<string, string> _unreadable = new();

    /// <summary>Makes a loader.</summary>
    /// <param name="images">The images.</param>
    /// <param name="compute">Decides how pictures are laid out in memory.</param>
    /// <param name="augmentation">What happens to each picture in an epoch.</param>
    /// <param name="batchSize">Pictures in a batch.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="labelPath">Where the label map of an image is, or null for training from tags.</param>
    /// <param name="labels">Number of labels, L + 1; a label map with a larger label counts as unreadable.</param>
    /// <param name="shuffle">Takes the images of each epoch in another order.</param>
    public BatchLoader(
        IReadOnlyList<TaggedImage> images, Compute compute, Func<int, Augmentation> augmentation, int batchSize, int seed,
        Func<TaggedImage, string>? labelPath = null, int labels = LabelMap.Ignore, bool shuffle = true) =>
        (_images, _compute, _augmentation, _batchSize, _seed, _labelPath, _labels, _shuffle) =
        (images, compute, augmentation, batchSize, seed, labelPath, labels, shuffle);

    /// <summary>
    /// Steps in an epoch: the last few images that do not fill a batch wait for the next shuffle, unless there is no full batch or no shuffle.
    /// </summary>
    public int StepsPerEpoch => _shuffle ? Math.Max(1, _images.Count / _batchSize) : (_images.Count + _batchSize - 1) / _batchSize;

    /// <summary>Number of batches that are made at the same time; null for enough to keep all processors busy.</summary>
    internal int? AtOnce { get; init; }

    /// <summary>Pictures or label maps that could not be read, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => _unreadable;

    /// <summary>How long readers of <see cref="Epoch"/> have waited for batches so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The batches of one epoch. The same seed and epoch give the same batches.</summary>
    public IEnumerable<TrainingBatch> Epoch(int epoch, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var finished = Channel.CreateBounded<TrainingBatch>(BatchesAhead);
        Task producer = Task.Run(() => Produce(epoch, finished.Writer, stop.Token), CancellationToken.None);
        try
        {
            while (Next() is { } batch) yield return batch;
        }
        finally
        {
            stop.Cancel();
            producer.GetAwaiter().GetResult();
            while (finished.Reader.TryRead(out TrainingBatch? unwanted)) unwanted.Dispose();
        }

        TrainingBatch? Next()
        {
            long start = Stopwatch.GetTimestamp();
            bool isLeft = finished.Reader.WaitToReadAsync(cancellation).AsTask().GetAwaiter().GetResult();
            Waited += Stopwatch.GetElapsedTime(start);
            return isLeft && finished.Reader.TryRead(out TrainingBatch? batch) ? batch : null;
        }
    }

    private async Task Produce(int epoch, ChannelWriter<TrainingBatch> finished, CancellationToken cancellation)
    {
        int atOnce = AtOnce ?? (Environment.ProcessorCount + _batchSize - 1) / _batchSize;
        using var failure = CancellationTokenSource.CreateLinkedTokenSource(cancellation); // of one batch ends the others
        var making = new Queue<Task<TrainingBatch?>>(); // in their order
        try
        {
            int[] order = [.. Enumerable.Range(0, _images.Count)];
            if (_shuffle) Seeds.Generator(_seed, LoaderStream, epoch).Shuffle(order);
            for (int step = 0; step < StepsPerEpoch || making.Count > 0;)
            {
                for (; step < StepsPerEpoch && making.Count < atOnce; step++)
                {
                    var indices = order.AsMemory(step * _batchSize, Math.Min(_batchSize, order.Length - step * _batchSize));
                    making.Enqueue(Task.Run(() => Assemble(epoch, indices, failure.Token), CancellationToken.None));
                }
                TrainingBatch? batch = await making.Peek().ConfigureAwait(false);
                if (batch is not null) await finished.WriteAsync(batch, cancellation).ConfigureAwait(false);
                _ = making.Dequeue(); // the reader's now
            }
            finished.Complete();
        }
        catch (Exception e)
        {
            await failure.CancelAsync().ConfigureAwait(false);
            foreach (Task<TrainingBatch?> task in making)
            {
                // Nobody will take these.
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully) task.Result?.Dispose();
            }
            finished.Complete(e); // the reader sees it, a cancellation too: an epoch cut short never looks complete
        }
    }

    /// <summary>Reads the pictures of a batch in parallel; null where none of them can be read.</summary>
    private TrainingBatch? Assemble(int epoch, ReadOnlyMemory<int> indices, CancellationToken cancellation)
    {
        Augmentation augmentation = _augmentation(epoch);
        var samples = new (Picture Picture, LabelMap? Labels)?[indices.Length];
        Workers.For(samples.Length, Workers.AllProcessors, cancellation, k =>
        {
            int index = indices.Span[k];
            samples[k] = Read(_images[index], augmentation, Seeds.Generator(_seed, LoaderStream, epoch, index));
        });
        int[] readable = [.. Enumerable.Range(0, samples.Length).Where(k => samples[k] is not null)];
        if (readable.Length == 0) return null;
        int size = augmentation.Size;
        bool isLabelled = samples.Any(static sample => sample?.Labels?.Labels.AsSpan().ContainsAnyExcept(LabelMap.Ignore) == true);
        PictureBatch pictures = PictureBatch.For(_compute, readable.Length, size, size);
        Tensor? labels = null;
        try
        {
            if (_labelPath is not null) labels = Tensor.Empty([readable.Length, size, size], DType.Int64, pinned: _compute.Device.IsCuda).Escape();
            Workers.For(readable.Length, Workers.AllProcessors, CancellationToken.None, k =>
            {
                var (picture, map) = samples[readable[k]]!.Value;
                pictures.Set(k, picture);
                labels?.Edit<long>(all =>
                {
                    Span<long> to = all.Slice(k * size * size, size * size);
                    for (int i = 0; i < to.Length; i++) to[i] = map!.Labels[i] == LabelMap.Ignore ? Ignore : map.Labels[i];
                });
            });
        }
        catch
        {
            pictures.Dispose();
            labels?.Dispose();
            throw;
        }
        return new TrainingBatch([.. readable.Select(k => indices.Span[k])], pictures, labels, isLabelled);
    }

    private (Picture, LabelMap?)? Read(TaggedImage image, Augmentation augmentation, Random random)
    {
        try
        {
            Picture picture = PictureFile.ReadRgb(image.Path);
            LabelMap? labels = _labelPath is null ? null : ReadLabels(_labelPath(image), picture);
            return augmentation.Apply(picture, labels, random);
        }
        catch (PictureException e)
        {
            _unreadable.TryAdd(e.Path, e.Message);
            return null;
        }
    }

    private LabelMap ReadLabels(string path, Picture picture)
    {
        LabelMap labels = LabelFile.Read(path);
        if (labels.Width != picture.Width || labels.Height != picture.Height)
            throw new PictureException(path, $"is {labels.Width}×{labels.Height}, but its picture is {picture.Width}×{picture.Height}; label maps have the size of their picture");
        foreach (ushort label in labels.Labels)
            if (label >= _labels && label != LabelMap.Ignore)
                throw new PictureException(path, $"has the label {label}; expected are 0 to {_labels - 1} for background and the data set's classes, or ignore");
        return labels;
    }
}
