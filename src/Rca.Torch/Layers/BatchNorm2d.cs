namespace Rca.Torch;

/// <summary>Batch normalisation over pictures and positions (Ioffe and Szegedy, 2015), with PyTorch's momentum 0.1 and ε = 1e-5.</summary>
public sealed class BatchNorm2d : Module
{
    private readonly Tensor weight, bias, runningMean, runningVar;

    /// <summary>Makes the layer for a number of channels.</summary>
    public BatchNorm2d(int channels)
    {
        weight = Parameter("weight", Tensor.Full([channels], 1));
        bias = Parameter("bias", Tensor.Zeros([channels]));
        runningMean = Buffer("running_mean", Tensor.Zeros([channels]));
        runningVar = Buffer("running_var", Tensor.Full([channels], 1));
    }

    /// <summary>(B, channels, H, W) → the same.</summary>
    public Tensor Forward(Tensor x) => x.BatchNorm(weight, bias, runningMean, runningVar, Training, 0.1, 1e-5);
}
