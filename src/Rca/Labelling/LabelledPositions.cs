using Rca.Torch;

namespace Rca.Labelling;

/// <summary>Positions of tagged pictures that a <see cref="PositionClassifier"/> learns from.</summary>
/// <param name="count">Number of labels, L + 1 with background.</param>
internal sealed class LabelledPositions(int count)
{
    private readonly List<Tensor> _features = [];
    private readonly List<long> _labels = [];
    private readonly List<int> _pictures = []; // of each position
    private readonly List<bool> _untagged = []; // of each picture, L + 1

    /// <summary>Number of labels, L + 1 with background.</summary>
    public int LabelCount => count;

    /// <summary>The label of each position, 0 for background.</summary>
    public IReadOnlyList<long> Labels => _labels;

    /// <summary>Adds positions of one picture.</summary>
    /// <param name="tags">The picture's classes.</param>
    /// <param name="features">(n, D), as <see cref="PositionClassifier.Features"/> gives them; has to live as long as this.</param>
    /// <param name="labels">n labels.</param>
    public void Add(IReadOnlyList<int> tags, Tensor features, long[] labels)
    {
        _pictures.AddRange(Enumerable.Repeat(_untagged.Count / count, labels.Length));
        _untagged.AddRange(Enumerable.Range(0, count).Select(label => label != 0 && !tags.Contains(label - 1)));
        _features.Add(features);
        _labels.AddRange(labels);
    }

    /// <summary>The features of all positions, (N, D).</summary>
    public Tensor Features() => Tensor.Concatenate([.. _features], 0);

    /// <summary>Which labels the pictures of some positions cannot have, (n, L + 1): neither background nor a tag.</summary>
    /// <param name="rows">The positions.</param>
    public Tensor Untagged(ReadOnlySpan<long> rows)
    {
        var untagged = new bool[rows.Length * count];
        for (int i = 0; i < rows.Length; i++) _untagged.CopyTo(_pictures[(int)rows[i]] * count, untagged, i * count, count);
        return Tensor.From(untagged, rows.Length, count);
    }
}
