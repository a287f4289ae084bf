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
/// <param name="Regions">What the memory takes in, or null where there is none or no region.</param>
internal readonly record struct StepLosses(Tensor Total, Tensor Final, Tensor Coarse, Tensor Contrast, ClassificationOutput Output, RegionFeatures? Regions);

/// <summary>What the memory takes in of a batch.</summary>
/// <param name="Found">The regions.</param>
/// <param name="Scores">The scores of the pictures' classes, (B, L), by which the memory is gated.</param>
/// <param name="Features">Mean features of the regions, (R, D).</param>
/// <param name="Queries">Their embeddings, (R, D), where there is contrast.</param>
internal sealed record RegionFeatures(Regions Found, Tensor Scores, Tensor Features, Tensor? Queries);

/// <summary>Trains the classification network of RCA on tagged pictures, one epoch at a time.</summary>
public sealed class ClassificationTrainer : Trainer<ClassificationModel, EpochLosses>
{
    private const int MixupStream = 1, ClusterStream = 2, TorchStream = 3;
    private readonly IReadOnlyList<TaggedImage> _images;
    private readonly ClassificationOptions _options;
    private readonly AccumulatedMaps? _accumulated;

    /// <summary>Makes a trainer with fresh weights.</summary>
    /// <param name="classes">Number of classes, L.</param>
    /// <param name="images">Training images; from those without a tag only absence is learnt.</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="compute">Device and precision.</param>
    /// <param name="accumulated">Takes the maps that training makes from the second epoch on (online accumulation), or null.</param>
    public ClassificationTrainer(
        int classes, IReadOnlyList<TaggedImage> images, ClassificationOptions options, Compute compute, AccumulatedMaps? accumulated = null)
        : base(() => new ClassificationModel(classes, options), options, compute,
            own => new BatchLoader(images, own, options.Augmentation, options.BatchSize, options.Seed, shuffle: options.Shuffle), TorchStream)
    {
        (_images, _options, _accumulated) = (images, options, accumulated);
        if (!options.UsesMemory) return;
        int slots = RegionalMemory.SlotsFor(options, images.Select(static image => image.Tags));
        Memory = RegionalMemory.Create(classes, Model.Channels, options with { MemorySize = slots }, Compute.Device);
    }

    /// <summary>The regional memory, where the method has one.</summary>
    internal RegionalMemory? Memory { get; }

    private protected override int LossCount => 4;

    private protected override string NothingLearnt => $"None of the {_images.Count} training pictures could be read. The first: {Unreadable.Values.FirstOrDefault()}";

    private protected override void BeginEpoch(int epoch)
    {
        if (epoch >= Math.Max(1, _options.AggregationStart * _options.Epochs)) RenewPrototypes(epoch);
    }

    private protected override Tensor[] Losses(TrainingBatch batch, int epoch, int step)
    {
        IReadOnlyList<int>[] tags = [.. batch.Images.Select(i => _images[i].Tags)];
        StepLosses losses = Forward(batch.Pictures.Values.To(Compute.Device), tags, epoch >= _options.ContrastStart ? Mix : null);
        if (losses.Regions is { } regions) Memory?.Update(regions.Found, batch.Images, regions.Scores, regions.Features, regions.Queries);
        if (epoch >= 1) _accumulated?.Add(batch.Images, tags, losses.Output.Maps);
        return [losses.Total, losses.Final, losses.Coarse, losses.Contrast];

        SemanticContrast.Mixing Mix(Regions found) =>
            SemanticContrast.Draw(found, _options.MixupConcentration, Seeds.Generator(_options.Seed, MixupStream, epoch, step), _options.MixAnyClass);
    }

    private protected override bool MayLearnLater() => false; // nothing can be read

    private protected override EpochLosses Summarize(double[]? means) => new(means![0], means[1], means[2], means[3], Memory?.Count ?? 0);

    private protected override IEnumerable<(string Name, Tensor Value)> OwnState() => Prefixed("memory.", Memory?.State() ?? []);

    private protected override void LoadOwnState(WeightFile saved) => Memory?.LoadState(saved.Below("memory."));

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Memory?.Dispose();
    }

    /// <summary>The forward half of a training step, in the paper's symbols. It changes nothing.</summary>
    /// <param name="x">Pictures, (B, 3, S, S).</param>
    /// <param name="tags">Tagged classes of each.</param>
    /// <param name="mix">Chooses partners and weights of the contrast; null leaves it out.</param>
    internal StepLosses Forward(Tensor x, IReadOnlyList<int>[] tags, Func<Regions, SemanticContrast.Mixing>? mix)
    {
        ClassificationOutput output;
        Tensor? g = null; // projected features, (B, D, H, W)
        using (Compute.ForwardPass())
        {
            output = Model.Forward(x); // F, P, O
            if (Model.Projection is { } project) g = project.Forward(output.Features);
        }
        Tensor y = OneHot(tags); // (B, L)
        Tensor p = AveragePool(output.CoarseMaps), o = AveragePool(output.Maps); // (B, L)
        Tensor lossP = p.MultiLabelSoftMargin(y), lossO = o.MultiLabelSoftMargin(y);
        // Section 3.4: the sum of the terms. Without aggregation O is P, and its loss counts once.
        Tensor loss = _options.Aggregation ? lossO + lossP * _options.CoarseWeight : lossP;

        Tensor nce = Tensor.Zeros([], device: Compute.Device);
        RegionFeatures? remembered = null;
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
            remembered = new RegionFeatures(regions, _options.GateFinalScores ? o : p, f, queries);
        }
        return new StepLosses(loss, lossO, lossP, nce, output, remembered);
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
        return Tensor.From(values, tags.Length, Model.Classes).To(Compute.Device);
    }

    /// <summary>GAP: (B, L, H, W) → (B, L) in float32.</summary>
    private static Tensor AveragePool(Tensor maps) => maps.To(DType.Float32).Mean([2, 3]);
}
