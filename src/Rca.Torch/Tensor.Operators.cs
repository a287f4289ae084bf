namespace Rca.Torch;

/// <summary>Operators as methods. Names, shapes and broadcasting are PyTorch's; a trailing underscore changes the tensor in place.</summary>
public sealed partial class Tensor
{
    private const int MeanReduction = 1;
    private const int ContiguousFormat = 0;
    private const int ChannelsLastFormat = 2;

    /// <summary>Element-wise sum.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Operators.Add.Call(a, b);

    /// <summary>Adds a number to each element.</summary>
    public static Tensor operator +(Tensor a, double b) => Operators.AddScalar.Call(a, b);

    /// <summary>Element-wise difference.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Operators.Subtract.Call(a, b);

    /// <summary>A number minus each element.</summary>
    public static Tensor operator -(double a, Tensor b) => Operators.SubtractFromScalar.Call(b, a);

    /// <summary>Element-wise product.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Operators.Multiply.Call(a, b);

    /// <summary>Each element times a number.</summary>
    public static Tensor operator *(Tensor a, double b) => Operators.MultiplyScalar.Call(a, b);

    /// <summary>Element-wise quotient.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Operators.Divide.Call(a, b);

    /// <summary>Adds <paramref name="scale"/> times <paramref name="other"/>.</summary>
    public void Add_(Tensor other, double scale = 1) => Operators.AddInPlace.Run(this, other, scale);

    /// <summary>e to the power of each element.</summary>
    public Tensor Exp() => Operators.Exp.Call(this);

    /// <summary>Natural logarithm.</summary>
    public Tensor Log() => Operators.Log.Call(this);

    /// <summary>Square root.</summary>
    public Tensor Sqrt() => Operators.Sqrt.Call(this);

    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor Sigmoid() => Operators.Sigmoid.Call(this);

    /// <summary>max(x, 0).</summary>
    public Tensor Relu() => Operators.Relu.Call(this);

    /// <summary>max(x, 0) in place.</summary>
    public Tensor Relu_()
    {
        Operators.ReluInPlace.Run(this);
        return this;
    }

    /// <summary>max(x, minimum).</summary>
    public Tensor ClampMin(double minimum) => Operators.ClampMin.Call(this, minimum);

    /// <summary>The larger of two elements.</summary>
    public Tensor Maximum(Tensor other) => Operators.Maximum.Call(this, other);

    /// <summary>Softmax over one dimension.</summary>
    public Tensor Softmax(int dimension) => Operators.Softmax.Call(this, dimension);

    /// <summary>log(1 + e^x), without overflow.</summary>
    public Tensor Softplus() => Operators.Softplus.Call(this);

    /// <summary>log Σ e^x over one dimension, which is dropped.</summary>
    public Tensor LogSumExp(int dimension) => Operators.LogSumExp.Call(this, dimension);

    /// <summary>Divides vectors along one dimension by their Euclidean length; vectors shorter than 1e-12 count as 1e-12 long.</summary>
    public Tensor Normalize(int dimension) =>
        this / Operators.VectorNorm.Call(this, 2.0, new long[] { dimension }, true).ClampMin(1e-12);

    /// <summary>Where this is greater than <paramref name="other"/>.</summary>
    public Tensor Greater(Tensor other) => Operators.Greater.Call(this, other);

    /// <summary>Where this is greater than a number.</summary>
    public Tensor Greater(double other) => Operators.GreaterScalar.Call(this, other);

    /// <summary>Where this equals <paramref name="other"/>.</summary>
    public Tensor EqualTo(Tensor other) => Operators.Equal.Call(this, other);

    /// <summary>Where this equals a number.</summary>
    public Tensor EqualTo(long other) => Operators.EqualScalar.Call(this, other);

    /// <summary>A copy with <paramref name="value"/> where <paramref name="mask"/> is true.</summary>
    public Tensor MaskedFill(Tensor mask, double value) => Operators.MaskedFill.Call(this, mask, value);

    /// <summary><paramref name="a"/> where <paramref name="condition"/> is true, <paramref name="b"/> elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor a, Tensor b) => Operators.Where.Call(condition, a, b);

    /// <summary>Matrix product, batched over leading dimensions.</summary>
    public Tensor Matmul(Tensor other) => Operators.Matmul.Call(this, other);

    /// <summary>A view with two dimensions exchanged.</summary>
    public Tensor Transpose(int first, int second) => Operators.Transpose.Call(this, first, second);

    /// <summary>A view with the dimensions in another order.</summary>
    public Tensor Permute(params long[] order) => Operators.Permute.Call(this, order);

    /// <summary>The same elements in another shape; -1 stands for what is left.</summary>
    public Tensor Reshape(params long[] shape) => Operators.Reshape.Call(this, shape);

    /// <summary>Joins the dimensions from <paramref name="first"/> to <paramref name="last"/>.</summary>
    public Tensor Flatten(int first = 0, int last = -1) => Operators.Flatten.Call(this, first, last);

    /// <summary>A view with a new dimension of size 1.</summary>
    public Tensor Unsqueeze(int dimension) => Operators.Unsqueeze.Call(this, dimension);

    /// <summary>A view without a dimension of size 1.</summary>
    public Tensor Squeeze(int dimension) => Operators.Squeeze.Call(this, dimension);

    /// <summary>A view that repeats dimensions of size 1; -1 keeps a size.</summary>
    public Tensor Expand(params long[] shape) => Operators.Expand.Call(this, shape);

    /// <summary>Joins tensors along a dimension.</summary>
    public static Tensor Concatenate(Tensor[] tensors, int dimension) => Operators.Concatenate.Call(tensors, dimension);

    /// <summary>The main diagonal of a matrix, as a view: (n, n) → (n).</summary>
    public Tensor Diagonal() => Operators.Diagonal.Call(this);

    /// <summary>A view of <paramref name="length"/> entries from <paramref name="start"/> on.</summary>
    public Tensor Narrow(int dimension, long start, long length) => Operators.Narrow.Call(this, dimension, start, length);

    /// <summary>A copy with a dimension reversed.</summary>
    public Tensor Flip(int dimension) => Operators.Flip.Call(this, new long[] { dimension });

    /// <summary>A copy of the entries that <paramref name="index"/> (Int64) names.</summary>
    public Tensor IndexSelect(int dimension, Tensor index) => Operators.IndexSelect.Call(this, dimension, index);

    /// <summary>Places of the values along a dimension, from the largest value to the smallest, equal ones in their order (Int64).</summary>
    public Tensor ArgSortDescending(int dimension) => Operators.ArgSort.Call(this, true, dimension, true);

    /// <summary>Overwrites the entries that <paramref name="index"/> (Int64) names.</summary>
    public void IndexCopy_(int dimension, Tensor index, Tensor source) => Operators.IndexCopyInPlace.Run(this, dimension, index, source);

    /// <summary>Picks one element for each of <paramref name="index"/> (Int64) along a dimension.</summary>
    public Tensor Gather(int dimension, Tensor index) => Operators.Gather.Call(this, dimension, index);

    /// <summary>Sum of all elements.</summary>
    public Tensor Sum() => Operators.Sum.Call(this);

    /// <summary>Sum over dimensions, which are dropped.</summary>
    public Tensor Sum(params long[] dimensions) => Operators.SumOver.Call(this, dimensions);

    /// <summary>Mean of all elements.</summary>
    public Tensor Mean() => Operators.Mean.Call(this);

    /// <summary>Mean over dimensions.</summary>
    public Tensor Mean(long[] dimensions, bool keep = false) => Operators.MeanOver.Call(this, dimensions, keep);

    /// <summary>Largest element over dimensions.</summary>
    public Tensor Max(long[] dimensions, bool keep = false) => Operators.MaxOver.Call(this, dimensions, keep);

    /// <summary>Index (Int64) of the largest element along a dimension; the first of equals.</summary>
    public Tensor ArgMax(int dimension) => Operators.ArgMax.Call(this, dimension);

    /// <summary>Index (Int64) of the smallest element along a dimension; the first of equals.</summary>
    public Tensor ArgMin(int dimension) => Operators.ArgMin.Call(this, dimension);

    /// <summary>True where both have the same shape and elements. On CUDA this waits for the device.</summary>
    public bool ElementsEqual(Tensor other) => Operators.ElementsEqual.CallBool(this, other);

    /// <summary>The same elements, cut off from the graph.</summary>
    public Tensor Detach() => Operators.Detach.Call(this);

    /// <summary>Converts the elements; the tensor itself where nothing changes.</summary>
    public Tensor To(DType type) => Operators.ToType.Call(this, type);

    /// <summary>Moves the elements, asynchronously from pinned memory to CUDA; the tensor itself where nothing changes.</summary>
    public Tensor To(Device device) =>
        Operators.ToDevice.Call(this, device, DType, device.IsCuda); // an asynchronous copy to the processor could be read before it arrives

    /// <summary>A copy.</summary>
    public Tensor Clone() => Operators.Clone.Call(this);

    /// <summary>Row-major (NCHW) elements; a copy only where needed.</summary>
    public Tensor Contiguous() => Operators.Contiguous.Call(this, ContiguousFormat);

    /// <summary>Elements with channels innermost (NHWC); a copy only where needed.</summary>
    public Tensor ChannelsLast() => Operators.Contiguous.Call(this, ChannelsLastFormat);

    /// <summary>Overwrites the elements.</summary>
    public void Copy_(Tensor source) => Operators.CopyInPlace.Run(this, source);

    /// <summary>Sets every element.</summary>
    public void Fill_(double value) => Operators.FillInPlace.Run(this, value);

    /// <summary>Draws every element from a normal distribution.</summary>
    public void Normal_(double mean, double deviation) => Operators.NormalInPlace.Run(this, mean, deviation);

    /// <summary>Draws every element evenly between two bounds.</summary>
    public void Uniform_(double from, double to) => Operators.UniformInPlace.Run(this, from, to);

    /// <summary>A tensor of one value.</summary>
    public static Tensor Full(long[] shape, double value, DType type = DType.Float32, Device device = default) =>
        Operators.Full.Call(shape, value, type, Argument.None, device);

    /// <summary>A tensor on the processor whose every element is yet to be written.</summary>
    /// <param name="shape">Sizes; four for channels last.</param>
    /// <param name="type">Element type.</param>
    /// <param name="channelsLast">Memory holds (B, C, H, W) as B × H × W × C.</param>
    /// <param name="pinned">In memory that a CUDA device copies from by itself; there must be one.</param>
    public static Tensor Empty(long[] shape, DType type = DType.Float32, bool channelsLast = false, bool pinned = false) =>
        Operators.Empty.Call(shape, type, Argument.None, Device.Cpu, pinned, channelsLast ? ChannelsLastFormat : ContiguousFormat);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(long[] shape, DType type = DType.Float32, Device device = default) => Full(shape, 0, type, device);

    /// <summary>0, 1, ..., <paramref name="end"/> - 1 (Int64).</summary>
    public static Tensor Arange(long end, Device device = default) => Operators.Arange.Call(end, DType.Int64, Argument.None, device);

    /// <summary>Two-dimensional convolution of (B, C, H, W), with a ReLU behind it where that is asked for.</summary>
    public Tensor Conv2d(Tensor weight, Tensor? bias, int stride = 1, int padding = 0, int dilation = 1, bool relu = false)
    {
        if (Kernels.Serve(this)) return Kernels.Conv2d.Call(this, weight, bias, stride, padding, dilation, relu);
        Tensor y = Operators.Conv2d.Call(this, weight, bias, Both(stride), Both(padding), Both(dilation), 1);
        return relu ? y.Relu_() : y;
    }

    /// <summary>Batch normalisation of (B, C, H, W); in training it updates the running statistics.</summary>
    public Tensor BatchNorm(Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVar, bool training, double momentum, double epsilon) =>
        Operators.BatchNorm.Call(this, weight, bias, runningMean, runningVar, training, momentum, epsilon, true);

    /// <summary>Sets each channel of (B, C, H, W) to zero with probability <paramref name="p"/> in training, and scales the others by 1 / (1 - p).</summary>
    public Tensor Dropout2d(double p, bool training) => Operators.FeatureDropout.Call(this, p, training);

    /// <summary>Maximum over windows of (B, C, H, W). <paramref name="ceil"/> keeps the last window where it is cut off by the border.</summary>
    public Tensor MaxPool2d(int size, int stride, int padding = 0, bool ceil = false) => Kernels.Serve(this)
        ? Kernels.MaxPool2d.Call(this, size, stride, padding, ceil)
        : Operators.MaxPool2d.Call(this, Both(size), Both(stride), Both(padding), Both(1), ceil);

    /// <summary>Bilinear resize of (B, C, H, W) between pixel centres (PyTorch's align_corners = False), without antialiasing.</summary>
    public Tensor ResizeBilinear(long height, long width) => Operators.UpsampleBilinear2d.Call(this, new[] { height, width }, false);

    /// <summary>Mean cross entropy of scores (B, C, ...) against class indices (B, ...), without the pixels of <paramref name="ignore"/>.</summary>
    public Tensor CrossEntropy(Tensor target, long ignore) =>
        Operators.CrossEntropy.Call(this, target, Argument.None, MeanReduction, ignore);

    /// <summary>
    /// Multi-label soft margin loss of scores (B, L) against tags (B, L) of 0 and 1: the mean over both of the binary cross entropy.
    /// </summary>
    public Tensor MultiLabelSoftMargin(Tensor tags) =>
        Operators.BinaryCrossEntropyWithLogits.Call(this, tags, Argument.None, Argument.None, MeanReduction);

    /// <summary>The same along height and width.</summary>
    private static long[] Both(int value) => [value, value];
}
