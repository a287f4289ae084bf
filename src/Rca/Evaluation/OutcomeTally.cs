using System.Collections.Concurrent;
using System.Text.Json;
using Rca.Data;

namespace Rca.Evaluation;

/// <summary>Collects outcomes from several threads, and writes them as lines from which a stopped pass goes on.</summary>
internal sealed class OutcomeTally
{
    private readonly ConcurrentDictionary<TaggedImage, PictureOutcome> _outcomes = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentQueue<PictureOutcome> _unwritten = new();

    public void Add(PictureOutcome outcome)
    {
        _outcomes[outcome.Image] = outcome;
        _unwritten.Enqueue(outcome);
    }

    /// <summary>The outcomes in the order of the images; those without one are left out.</summary>
    public IReadOnlyList<PictureOutcome> InOrder(IReadOnlyList<TaggedImage> images) =>
        [.. images.Select(image => _outcomes.GetValueOrDefault(image)).OfType<PictureOutcome>()];

    /// <summary>A line of JSON for each outcome since the last call.</summary>
    public IEnumerable<string> NewLines()
    {
        while (_unwritten.TryDequeue(out PictureOutcome? outcome))
            yield return JsonSerializer.Serialize(new Line(outcome.Image.Name, outcome.Shares, outcome.Ignored, outcome.Doubt, outcome.Iou, outcome.Agreement));
    }

    /// <summary>Restores the outcomes from lines written earlier.</summary>
    public void Restore(IReadOnlyList<string> lines, IReadOnlyList<TaggedImage> images)
    {
        if (lines.Count == 0) return;
        var byName = images.ToDictionary(static image => image.Name);
        foreach (Line line in lines.Select(static text => JsonSerializer.Deserialize<Line>(text)!))
            _outcomes[byName[line.Image]] = new PictureOutcome(byName[line.Image], line.Shares, line.Ignored, line.Doubt) { Iou = line.Iou, Agreement = line.Agreement };
    }

    private sealed record Line(string Image, IReadOnlyList<LabelShare> Shares, double Ignored, double Doubt, double? Iou, double? Agreement);
}
