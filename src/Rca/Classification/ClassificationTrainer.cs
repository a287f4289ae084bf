using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Torch;
using Rca.Training;

namespace Rca.Classification;

/// <summary>Means over one epoch of training.</summary>
/// <param name="Loss">Total loss.</param>
/// <param name="FinalLoss">Multi-label soft margin loss on the final scores o.</param>
/// <param name="CoarseLoss">The same on the first scores p.</param>
/// <param name="ContrastLoss">NCE, before its weight; 0 where it was off.</param>
/// <param name="MemoryEntries">Regions in the memory at the end.</param>
public sealed record EpochLosses(double Loss, double FinalLoss, double CoarseLoss, double ContrastLoss, int MemoryEntries);

/// <summary>What the forward half of a training step gives.</summary>
/// <param name="Total">The loss that is minimised.</param>
/// <param name="Final">Multi-label soft margin loss on the final scores o.</param>
/// <param name="Coarse">The same on the first scores p.</param>
/// <param name="Contrast">NCE, before its weight; 0 where it was left out.</param>
/// <param name="Output">Features and maps.</param>
internal readonly record struct StepLosses(Tensor Total, Tensor Final, Tensor Coarse, Tensor Contrast, ClassificationOutput Output);

/// <summary>Trains the classification network of RCA on tagged pictures, one epoch at a time.</summary>
public sealed class ClassificationTrainer : IDisposable
{
    private const int MixupStream = 1, ClusterStream = 2, TorchStream = 3;
    private readonly IReadOnlyList<TaggedImage> _images;
    private readonly ClassificationOptions _options;
    private readonly Compute _compute;
    private readonly BatchLoader _loader;
    private readonly OptimizerSet _optimizer;
    private readonly AccumulatedMaps? _accumulated;

    /// <summary>Makes a trainer with fresh weights.</summary>
    /// <param name="classes">Number of classes, L.</param>
    /// <param name="images">Training images; from those without a tag only absence is learnt.</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="accumulated">Takes the maps that training makes from the second epoch on (online accumulation), or null.</param>
    public ClassificationTrainer(
        int classes, IReadOnlyList<TaggedImage> images, ClassificationOptions options, Compute compute, AccumulatedMaps? accumulated = null)
    {
        TorchRuntime.Seed((ulong)Seeds.Derive(options.Seed, TorchStream));
        Model = new ClassificationModel(classes, options);
        compute = compute.For(Model.Backbone.Description?.SavesProducts);
        (_images, _options, _compute, _accumulated) = (images, options, compute, accumulated);
        compute.Place(Model);
        _optimizer = TrainingOptimizer.Of(Model, options);
        if (options.UsesMemory)
        {
            int slots = RegionalMemory.SlotsFor(options, images.Select(static image => image.Tags));
            Memory = RegionalMemory.Create(classes, Model.Channels, options with { MemorySize = slots }, compute.Device);
        }
        _loader = new BatchLoader(images, compute, options.Augmentation, options.BatchSize, options.Seed, shuffle: options.Shuffle);
    }

    /// <summary>The network.</summary>
    public ClassificationModel Model { get; }

    /// <summary>The regional memory, where the method has one.</summary>
    internal RegionalMemory? Memory { get; }

    /// <summary>Steps in an epoch.</summary>
    public int StepsPerEpoch => _loader.StepsPerEpoch;

    /// <summary>Pictures that could not be read so far, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => _loader.Unreadable;

    /// <summary>The total time that steps have waited for pictures.</summary>
    public TimeSpan Waited => _loader.Waited;

    /// <summary>Trains one epoch.</summary>
    /// <param name="epoch">Counted from 0; epochs must follow one another.</param>
    /// <param name="progress">Receives the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">No picture could be read, or the loss is no longer a number.</exception>
    public EpochLosses TrainEpoch(int epoch, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Model.Train(true);
        TorchRuntime.Seed((ulong)Seeds.Derive(_options.Seed, TorchStream, epoch)); // for dropout: a resumed run draws as an uninterrupted one
        if (epoch >= Math.Max(1, _options.AggregationStart * _options.Epochs)) RenewPrototypes(epoch);
        using var sums = Tensor.Zeros([4], device: _compute.Device);
        int step = 0;
        foreach (TrainingBatch batch in _loader.Epoch(epoch, cancellation))
        {
            using (batch) Step(batch, epoch, step, sums);
            step++;
            progress?.Report(step);
        }
        if (step == 0) throw new RcaException($"None of the {_images.Count} training pictures could be read. The first: {_loader.Unreadable.Values.FirstOrDefault()}");
        float[] totals = sums.ToArray<float>();
        if (!float.IsFinite(totals[0]))
            throw new RcaException($"The loss is no longer a number in epoch {epoch + 1}. Use a lower learning rate than {_options.LearningRate}, or fp32.");
        return new EpochLosses(totals[0] / step, totals[1] / step, totals[2] / step, totals[3] / step, Memory?.Count ?? 0);
    }

    /// <summary>Everything that a later start needs to go on: weights (with the prototypes), optimiser, memory.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() =>
        Prefixed("model.", Model.State())
            .Concat(Prefixed("optimizer.", _optimizer.State()))
            .Concat(Prefixed("memory.", Memory?.State() ?? []));

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    /// <exception cref="StateMismatchException">It comes from other settings.</exception>
    public void LoadState(WeightFile saved)
    {
        Model.LoadState(saved.Below("model."));
        _optimizer.LoadState(saved.Below("optimizer."));
        Memory?.LoadState(saved.Below("memory."));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        Memory?.Dispose();
    }

    /// <summary>One training step.</summary>
    /// <param name="batch">Its pictures.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="step">Counted from 0 in the epoch.</param>
    /// <param name="sums">The running sums of the losses: total, final, first, contrast.</param>
    internal void Step(TrainingBatch batch, int epoch, int step, Tensor sums)
    {
        using var scope = new TensorScope();
        Tensor loss;
        using (var forward = new TensorScope())
        {
            IReadOnlyList<int>[] tags = [.. batch.Images.Select(i => _images[i].Tags)];
            bool contrast = epoch >= _options.ContrastStart;
            StepLosses losses = Forward(batch.Pictures.Values.To(_compute.Device), tags, batch.Images, contrast ? Mix : null);
            using (new NoGrad())
                sums.Add_(Tensor.Concatenate([losses.Total.Reshape(1), losses.Final.Reshape(1), losses.Coarse.Reshape(1), losses.Contrast.Reshape(1)], 0));
            if (epoch >= 1) _accumulated?.Add(batch.Images, tags, losses.Output.Maps);
            loss = forward.Keep(losses.Total);
        }
        loss.Backward();
        _optimizer.Step(_options.RateFactor(epoch + (double)step / StepsPerEpoch));

        SemanticContrast.Mixing Mix(Regions regions) =>
            SemanticContrast.Draw(regions, _options.MixupConcentration, Seeds.Generator(_options.Seed, MixupStream, epoch, step), _options.MixAnyClass);
    }

    /// <summary>The forward half of a training step, in the paper's symbols. It also updates the memory.</summary>
    /// <param name="x">Pictures, (B, 3, S, S).</param>
    /// <param name="tags">Tagged classes of each.</param>
    /// <param name="images">Index of each in the data set.</param>
    /// <param name="mix">Chooses partners and weights of the contrast; null leaves it out.</param>
    internal StepLosses Forward(Tensor x, IReadOnlyList<int>[] tags, int[] images, Func<Regions, SemanticContrast.Mixing>? mix)
    {
        ClassificationOutput output;
        Tensor? g = null; // projected features, (B, D, H, W)
        using (_compute.ForwardPass())
        {
            output = Model.Forward(x); // F, P, O
            if (Model.Projection is { } project) g = project.Forward(output.Features);
        }
        Tensor y = OneHot(tags); // (B, L)
        Tensor p = AveragePool(output.CoarseMaps), o = AveragePool(output.Maps); // (B, L)
        Tensor lossP = p.MultiLabelSoftMargin(y), lossO = o.MultiLabelSoftMargin(y);
        // Section 3.4: the sum of the terms. Without aggregation O is P, and its loss counts once.
        Tensor loss = _options.Aggregation ? lossO + lossP * _options.CoarseWeight : lossP;

        Tensor nce = Tensor.Zeros([], device: _compute.Device);
        var regions = Regions.Find(output.CoarseMaps, tags, _options.RegionThreshold, _options.RegionSoftmax); // section 3.1
        if (Memory is not null && regions.Count > 0)
        {
            Tensor f = regions.Pool(output.Features.Detach()); // (R, D)
            Tensor? queries = g is null ? null : regions.Pool(g); // (R, D)
            if (queries is not null && mix is not null && Memory.Count > 0)
            {
                var (keys, keyClasses) = Memory.Keys();
                nce = SemanticContrast.Loss(queries, regions, mix(regions), keys, keyClasses, _options.ContrastTemperature, _options.SumContrast); // section 3.2
                loss += nce * _options.ContrastWeight;
            }
            Memory.Update(regions, images, _options.GateFinalScores ? o : p, f, queries);
        }
        return new StepLosses(loss, lossO, lossP, nce, output);
    }

    /// <summary>Clusters the memory (section 3.3) and passes the prototypes to the network.</summary>
    private void RenewPrototypes(int epoch)
    {
        if (Memory is null || Model.Aggregation is null) return;
        using var scope = new TensorScope();
        var (vectors, used) = Memory.Vectors();
        var (centres, present) = PrototypeClustering.Cluster(vectors, used, Model.Aggregation.Prototypes(), Seeds.Generator(_options.Seed, ClusterStream, epoch));
        Model.Aggregation.SetPrototypes(centres, present);
    }

    /// <summary>(B, L) of 0 and 1.</summary>
    private Tensor OneHot(IReadOnlyList<int>[] tags)
    {
        var values = new float[tags.Length * Model.Classes];
        for (int i = 0; i < tags.Length; i++)
            foreach (int l in tags[i]) values[i * Model.Classes + l] = 1;
        return Tensor.From(values, tags.Length, Model.Classes).To(_compute.Device);
    }

    /// <summary>GAP: (B, L, H, W) → (B, L) in float32.</summary>
    private static Tensor AveragePool(Tensor maps) => maps.To(DType.Float32).Mean([2, 3]);

    private static IEnumerable<(string Name, Tensor Value)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Value)> state) =>
        state.Select(item => (prefix + item.Name, item.Value));
}
