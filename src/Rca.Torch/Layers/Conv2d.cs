namespace Rca.Torch;

/// <summary>Two-dimensional convolution with a square kernel. Weights start as He et al. (2015) for rectified units, biases at zero.</summary>
public sealed class Conv2d : Module
{
    private readonly Tensor _weight;
    private readonly Tensor? _bias;
    private readonly int _stride, _padding, _dilation;
    private readonly bool _relu;

    /// <summary>Makes the layer, with a ReLU behind it where that is asked for; padding keeps the size at stride 1 (dilation · (kernel - 1) / 2).</summary>
    public Conv2d(int inputs, int outputs, int kernel, int stride = 1, int dilation = 1, bool bias = true, bool relu = false)
    {
        _relu = relu;
        (_stride, _dilation, _padding) = (stride, dilation, dilation * (kernel - 1) / 2);
        Tensor values = Tensor.Zeros([outputs, inputs, kernel, kernel]);
        values.Normal_(0, Math.Sqrt(2.0 / (outputs * kernel * kernel)));
        _weight = Parameter("weight", values);
        if (bias) _bias = Parameter("bias", Tensor.Zeros([outputs]));
    }

    /// <summary>(B, inputs, H, W) → (B, outputs, ⌈H/stride⌉, ⌈W/stride⌉).</summary>
    public Tensor Forward(Tensor x) => x.Conv2d(_weight, _bias, _stride, _padding, _dilation, _relu);

    /// <summary>Draws the weights anew with a given deviation, for classifiers that should start near zero.</summary>
    public Conv2d WithNormalWeights(double deviation)
    {
        using var noGrad = new NoGrad();
        _weight.Normal_(0, deviation);
        return this;
    }

    /// <summary>
    /// Replaces the weights by those of a 1×1 convolution in the middle of the kernel and zeros around it: the result is that convolution's, times
    /// a factor.
    /// </summary>
    /// <param name="weight">(n, inputs, 1, 1).</param>
    /// <param name="bias">(n).</param>
    /// <param name="first">Index of the output that takes the first of the n; all others give 0.</param>
    /// <param name="share">The factor.</param>
    public void StartFromMiddle(Tensor weight, Tensor bias, int first, double share)
    {
        if (_bias is null) throw new InvalidOperationException("This convolution has no bias.");
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        long count = weight.Size(0), middle = _weight.Size(2) / 2;
        _weight.Fill_(0);
        _weight.Narrow(0, first, count).Narrow(2, middle, 1).Narrow(3, middle, 1).Copy_(weight * share);
        _bias.Fill_(0);
        _bias.Narrow(0, first, count).Copy_(bias * share);
    }
}
