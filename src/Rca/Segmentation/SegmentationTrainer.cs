using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Torch;
using Rca.Training;

namespace Rca.Segmentation;

/// <summary>Trains DeepLab-v2 on label maps, one epoch at a time. Nothing is learnt from ignored pixels.</summary>
public sealed class SegmentationTrainer : IDisposable
{
    private const int TorchStream = 4;
    private readonly SegmentationOptions _options;
    private readonly Compute _compute;
    private readonly BatchLoader _loader;
    private readonly OptimizerSet _optimizer;

    /// <summary>Makes a trainer.</summary>
    /// <param name="labels">Classes and background, L + 1.</param>
    /// <param name="images">Training images.</param>
    /// <param name="labelPath">Where the label map of an image is.</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="start">Checkpoint of a run to start from, and whether it knows the same classes; or null for fresh weights.</param>
    public SegmentationTrainer(
        int labels, IReadOnlyList<TaggedImage> images, Func<TaggedImage, string> labelPath, SegmentationOptions options, Compute compute,
        (WeightFile State, bool SameClasses)? start = null)
    {
        TorchRuntime.Seed((ulong)Seeds.Derive(options.Seed, TorchStream));
        Model = new DeepLabV2(labels, options);
        compute = compute.For(Model.Backbone.Description?.SavesProducts);
        (_options, _compute) = (options, compute);
        if (start is var (state, sameClasses)) Model.StartFrom(state, sameClasses);
        compute.Place(Model);
        _optimizer = TrainingOptimizer.Of(Model, options);
        _loader = new BatchLoader(images, compute, options.Augmentation, options.BatchSize, options.Seed, labelPath, labels, options.Shuffle);
    }

    /// <summary>The network.</summary>
    public DeepLabV2 Model { get; }

    /// <summary>Steps in an epoch.</summary>
    public int StepsPerEpoch => _loader.StepsPerEpoch;

    /// <summary>Pictures and label maps that could not be read so far, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => _loader.Unreadable;

    /// <summary>Trains one epoch and returns the mean loss.</summary>
    /// <param name="epoch">Counted from 0; epochs must follow one another.</param>
    /// <param name="progress">Receives the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">Nothing could be read, or the loss is no longer a number.</exception>
    public double TrainEpoch(int epoch, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Model.Train(true);
        TorchRuntime.Seed((ulong)Seeds.Derive(_options.Seed, TorchStream, epoch)); // dropout, the same after a stop
        using var sum = Tensor.Zeros([], device: _compute.Device);
        int step = 0, learned = 0;
        foreach (TrainingBatch batch in _loader.Epoch(epoch, cancellation))
        {
            using TrainingBatch _ = batch;
            // A batch without a single labelled pixel has no loss.
            if (batch.IsLabelled)
            {
                Step(batch, epoch, step, sum);
                learned++;
            }
            step++;
            progress?.Report(step);
        }
        if (learned == 0)
            throw new RcaException($"No training picture has both a readable picture and a labelled pixel. The first problem: {_loader.Unreadable.Values.FirstOrDefault() ?? "all pixels are ignored"}");
        double loss = sum.Item() / learned;
        if (!double.IsFinite(loss))
            throw new RcaException($"The loss is no longer a number in epoch {epoch + 1}. Use a lower learning rate than {_options.LearningRate}, or fp32.");
        return loss;
    }

    /// <summary>Everything that a later start needs to go on.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        Model.State().Select(static item => ("model." + item.Name, item.Value))
            .Concat(_optimizer.State().Select(static item => ("optimizer." + item.Name, item.Value)));

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    /// <exception cref="StateMismatchException">It comes from other settings.</exception>
    public void LoadState(WeightFile saved)
    {
        Model.LoadState(saved.Below("model."));
        _optimizer.LoadState(saved.Below("optimizer."));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
    }

    private void Step(TrainingBatch batch, int epoch, int step, Tensor sum)
    {
        using var scope = new TensorScope();
        Tensor loss;
        using (var forward = new TensorScope())
        {
            int size = batch.Pictures.Height;
            Tensor labels = batch.Labels!.To(_compute.Device); // (B, S, S)
            Tensor x = batch.Pictures.Values.To(_compute.Device);
            Tensor[] scores; // each (B, L + 1, S/s, S/s)
            using (_compute.ForwardPass()) scores = _options.MultiScaleLoss ? Model.ForwardScales(x) : [Model.Forward(x)];
            loss = forward.Keep(scores.Select(Loss).Aggregate(static (a, b) => a + b) * (1.0 / scores.Length));

            Tensor Loss(Tensor s) => s.To(DType.Float32).Contiguous().ResizeBilinear(size, size).CrossEntropy(labels, BatchLoader.Ignore);
        }
        using (new NoGrad()) sum.Add_(loss);
        loss.Backward();
        _optimizer.Step(_options.RateFactor(epoch + (double)step / StepsPerEpoch));
    }
}
