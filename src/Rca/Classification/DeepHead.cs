using Rca.Torch;

namespace Rca.Classification;

/// <summary>A head of the public code: three 3×3 convolutions, each rectified, before the last one.</summary>
public sealed class DeepHead : Module
{
    private readonly Conv2d[] _hidden;
    private readonly Conv2d _last;

    internal DeepHead(int channels, int outputs)
    {
        // Numbered as in the public code, which counts the ReLUs.
        _hidden = [.. Enumerable.Range(0, 3).Select(i => Child($"{2 * i}", new Conv2d(channels, channels, kernel: 3, relu: true)))];
        _last = Child("6", new Conv2d(channels, outputs, kernel: 1));
    }

    /// <summary>(B, D, H, W) → (B, outputs, H, W).</summary>
    public Tensor Forward(Tensor x) => _last.Forward(_hidden.Aggregate(x, static (y, convolution) => convolution.Forward(y)));
}

/// <summary>The final head of the public code: for every class a <see cref="DeepHead"/> of its own.</summary>
public sealed class ClassHeads : Module
{
    private readonly DeepHead[] _heads;

    internal ClassHeads(int channels, int classes) => _heads = [.. Enumerable.Range(0, classes).Select(l => Child($"{l}", new DeepHead(channels, outputs: 1)))];

    /// <summary>(B, D, H, W) → (B, L, H, W).</summary>
    public Tensor Forward(Tensor x) => Tensor.Concatenate([.. _heads.Select(head => head.Forward(x))], 1);
}
