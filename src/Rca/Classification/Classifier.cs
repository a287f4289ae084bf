using Rca.Computing;
using Rca.Training;

namespace Rca.Classification;

/// <summary>A trained classification network and what is needed to use it.</summary>
/// <param name="model">The network; from now on the classifier's.</param>
/// <param name="classes">Class names in order.</param>
/// <param name="options">The settings that it was trained with.</param>
/// <param name="compute">Device and precision; the network is there.</param>
public sealed class Classifier(ClassificationModel model, IReadOnlyList<string> classes, ClassificationOptions options, Compute compute) : IDisposable
{
    /// <summary>The network.</summary>
    public ClassificationModel Model => model;

    /// <summary>Class names in order.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The settings that it was trained with.</summary>
    public ClassificationOptions Options => options;

    /// <summary>Device and precision.</summary>
    public Compute Compute { get; } = compute.For(model.Backbone.Description?.SavesProducts);

    /// <summary>Takes the network of a run folder.</summary>
    /// <param name="run">A run of <see cref="ClassificationRun"/>.</param>
    /// <param name="compute">Device and precision.</param>
    /// <exception cref="RcaException">The folder holds no such run with a finished epoch.</exception>
    public static Classifier Load(RunFolder run, Compute compute)
    {
        var (model, configuration) = run.Load<ClassificationModel, ClassificationOptions>(
            ClassificationRun.Kind, static made => new ClassificationModel(made.Classes.Count, made.Options), compute);
        return new Classifier(model, configuration.Classes, configuration.Options, compute);
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => model.Dispose();
}
