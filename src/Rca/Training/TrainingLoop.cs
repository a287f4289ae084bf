using System.Diagnostics;
using System.Globalization;
using Rca.Backbones;
using Rca.Progress;
using Rca.Torch;

namespace Rca.Training;

/// <summary>What a finished epoch tells.</summary>
/// <param name="Loss">The mean of the loss that is minimised; null if there was nothing to learn from.</param>
/// <param name="Columns">Its row of <c>metrics.csv</c>, without the epoch and the seconds.</param>
/// <param name="Detail">What the progress line says of it beside the loss, or nothing.</param>
internal readonly record struct EpochReport(double? Loss, IReadOnlyList<(string Name, double? Value)> Columns, string Detail = "");

/// <summary>The epochs of a training in its run folder: progress, a row of metrics and a checkpoint after each; after a stop they go on.</summary>
internal static class TrainingLoop
{
    /// <summary>Trains from the epoch that was saved last to the end.</summary>
    /// <param name="trainer">The network with fresh weights.</param>
    /// <param name="run">The run folder, begun.</param>
    /// <param name="before">Epochs that are done.</param>
    /// <param name="options">The training's settings.</param>
    /// <param name="stage">The name of the stage in the progress.</param>
    /// <param name="judge">Looks at the network after an epoch, counted from 0.</param>
    /// <param name="save">What is to be written before each checkpoint, or null.</param>
    /// <param name="progress">Receives the progress of every step.</param>
    /// <param name="cancellation">Stops between steps; saved epochs are kept.</param>
    /// <returns>The loss of the last epoch; null if none was left to do.</returns>
    public static double? Run<TModel, TLosses>(
        Trainer<TModel, TLosses> trainer, RunFolder run, int before, TrainingOptions options, string stage,
        Func<int, TLosses, EpochReport> judge, Action? save, IProgress<StageProgress>? progress, CancellationToken cancellation)
        where TModel : BackboneModel
    {
        if (before > 0)
        {
            using WeightFile saved = run.ReadCheckpoint();
            trainer.LoadState(saved);
        }
        else if (options.Weights is { } weights) PublicWeights.Load(trainer.Model.Backbone, weights);
        EpochReport? last = null;
        for (int epoch = before; epoch < options.Epochs; epoch++)
        {
            long started = Stopwatch.GetTimestamp(), first = epoch * (long)trainer.StepsPerEpoch, all = options.Epochs * (long)trainer.StepsPerEpoch;
            string detail = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch + 1}/{options.Epochs}{(last is { } known ? $"  loss {known.Loss?.ToString("F3", CultureInfo.InvariantCulture) ?? "none, all ignored"}{known.Detail}" : "")}");
            var steps = new StepProgress(step => progress?.Report(new StageProgress(stage, first + step, all, trainer.Compute.Detail(detail))));
            EpochReport report = judge(epoch, trainer.TrainEpoch(epoch, steps, cancellation));
            run.WriteMetrics(epoch + 1, [.. report.Columns, ("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds)]);
            last = report;
            if (!options.SavesAfter(epoch)) continue;
            save?.Invoke();
            run.SaveCheckpoint(trainer.State(), epoch + 1); // last: a start that stops between the two repeats the epoch and its row
        }
        return last?.Loss;
    }
}
