using Rca.Backbones;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Torch;

namespace Rca.Training;

/// <summary>Trains a network on batches of pictures, one epoch at a time. Derived classes say what is minimised.</summary>
/// <typeparam name="TModel">The network.</typeparam>
/// <typeparam name="TLosses">What an epoch tells of its losses.</typeparam>
public abstract class Trainer<TModel, TLosses> : IDisposable
    where TModel : BackboneModel
{
    private readonly TrainingOptions _options;
    private readonly int _stream;
    private readonly OptimizerSet _optimizer;

    /// <summary>Makes a trainer.</summary>
    /// <param name="create">Makes the network, with its first weights.</param>
    /// <param name="options">Checked settings.</param>
    /// <param name="compute">Device and precision; where the precision was left open, it becomes the network's.</param>
    /// <param name="loader">Makes the loader of the training pictures.</param>
    /// <param name="stream">The stream of random numbers that libtorch draws: fresh weights, dropout.</param>
    private protected Trainer(Func<TModel> create, TrainingOptions options, Compute compute, Func<Compute, BatchLoader> loader, int stream)
    {
        (_options, _stream) = (options, stream);
        TorchRuntime.Seed((ulong)Seeds.Derive(options.Seed, stream));
        Model = create();
        Compute = compute.For(Model.Backbone.Description?.SavesProducts);
        Compute.Place(Model);
        _optimizer = TrainingOptimizer.Of(Model, options);
        Loader = loader(Compute);
    }

    /// <summary>The network.</summary>
    public TModel Model { get; }

    /// <summary>Steps in an epoch.</summary>
    public int StepsPerEpoch => Loader.StepsPerEpoch;

    /// <summary>Files that could not be read so far, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unreadable => Loader.Unreadable;

    /// <summary>The total time that steps have waited for pictures.</summary>
    public TimeSpan Waited => Loader.Waited;

    /// <summary>Device and precision.</summary>
    internal Compute Compute { get; }

    /// <summary>Reads the training pictures.</summary>
    private protected BatchLoader Loader { get; }

    /// <summary>Trains one epoch.</summary>
    /// <param name="epoch">Counted from 0; epochs must follow one another.</param>
    /// <param name="progress">Receives the number of finished steps.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <exception cref="RcaException">There was nothing to learn from, or the loss is no longer a number.</exception>
    public TLosses TrainEpoch(int epoch, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        Model.Train(true);
        TorchRuntime.Seed((ulong)Seeds.Derive(_options.Seed, _stream, epoch)); // for dropout: a resumed run draws as an uninterrupted one
        BeginEpoch(epoch);
        using var sums = Tensor.Zeros([LossCount], device: Compute.Device);
        int step = 0, learnt = 0;
        foreach (TrainingBatch batch in Loader.Epoch(epoch, cancellation))
        {
            using (batch)
                if (Step(batch, epoch, step, sums)) learnt++;
            step++;
            progress?.Report(step);
        }
        if (learnt == 0) return MayLearnLater() ? Summarize(null) : throw new RcaException(NothingLearnt);
        double[] means = [.. sums.ToArray<float>().Select(sum => (double)sum / learnt)];
        if (!double.IsFinite(means[0]))
            throw new RcaException($"The loss is no longer a number in epoch {epoch + 1}. Use a lower learning rate than {_options.LearningRate}, or fp32.");
        return Summarize(means);
    }

    /// <summary>Everything that a later start needs to go on: weights, optimiser, and what else derived classes keep.</summary>
    public IEnumerable<(string Name, Tensor Value)> State() => Prefixed("model.", Model.State()).Concat(Prefixed("optimizer.", _optimizer.State())).Concat(OwnState());

    /// <summary>Restores what <see cref="State"/> gave.</summary>
    /// <exception cref="StateMismatchException">It comes from other settings.</exception>
    public void LoadState(WeightFile saved)
    {
        Model.LoadState(saved.Below("model."));
        _optimizer.LoadState(saved.Below("optimizer."));
        LoadOwnState(saved);
    }

    /// <summary>Frees the weights and what the optimiser keeps.</summary>
    public virtual void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One training step.</summary>
    /// <param name="batch">Its pictures.</param>
    /// <param name="epoch">Counted from 0.</param>
    /// <param name="step">Counted from 0 in the epoch.</param>
    /// <param name="sums">The running sums of the losses.</param>
    /// <returns>Whether there was anything to learn from.</returns>
    internal bool Step(TrainingBatch batch, int epoch, int step, Tensor sums)
    {
        using var scope = new TensorScope();
        Tensor loss;
        using (var forward = new TensorScope())
        {
            if (Losses(batch, epoch, step) is not { } losses) return false;
            using (new NoGrad()) sums.Add_(Tensor.Concatenate([.. losses.Select(static part => part.Reshape(1))], 0));
            loss = forward.Keep(losses[0]);
        }
        loss.Backward();
        _optimizer.Step(_options.RateFactor(epoch + (double)step / StepsPerEpoch));
        return true;
    }

    /// <summary>How many losses there are.</summary>
    private protected abstract int LossCount { get; }

    /// <summary>The error of an epoch in which no batch had anything to learn from.</summary>
    private protected abstract string NothingLearnt { get; }

    /// <summary>Whether an epoch without anything to learn from may be followed by another with something: not all pictures are seen in each.</summary>
    private protected abstract bool MayLearnLater();

    /// <summary>What is to be done before an epoch.</summary>
    private protected virtual void BeginEpoch(int epoch)
    {
    }

    /// <summary>The forward half of a step.</summary>
    /// <returns>The losses, the one that is minimised first; null for a batch without anything to learn from.</returns>
    private protected abstract Tensor[]? Losses(TrainingBatch batch, int epoch, int step);

    /// <summary>What an epoch tells of its losses.</summary>
    /// <param name="means">Their means over the epoch; null if there was nothing to learn from.</param>
    private protected abstract TLosses Summarize(double[]? means);

    /// <summary>What derived classes keep beside the network, with full names.</summary>
    private protected virtual IEnumerable<(string Name, Tensor Value)> OwnState() => [];

    /// <summary>Restores what <see cref="OwnState"/> gave.</summary>
    private protected virtual void LoadOwnState(WeightFile saved)
    {
    }

    /// <summary>A part's state under its name.</summary>
    private protected static IEnumerable<(string Name, Tensor Value)> Prefixed(string prefix, IEnumerable<(string Name, Tensor Value)> state) =>
        state.Select(item => (prefix + item.Name, item.Value));
}
