using System.Collections.Concurrent;
using Rca.Data;

namespace Rca.Evaluation;

/// <summary>Gathers outcomes from several threads.</summary>
internal sealed class OutcomeTally
{
    private readonly ConcurrentDictionary<TaggedImage, PictureOutcome> _outcomes = new(ReferenceEqualityComparer.Instance);

    public void Add(PictureOutcome outcome) => _outcomes[outcome.Image] = outcome;

    /// <summary>The outcomes in the order of the images; those without one are left out.</summary>
    public IReadOnlyList<PictureOutcome> InOrder(IReadOnlyList<TaggedImage> images) =>
        [.. images.Select(image => _outcomes.GetValueOrDefault(image)).OfType<PictureOutcome>()];
}
