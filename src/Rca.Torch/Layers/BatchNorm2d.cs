namespace Rca.Torch;

/// <summary>Batch normalisation over pictures and positions (Ioffe and Szegedy, 2015), with PyTorch's momentum 0.1 and ε = 1e-5.</summary>
public sealed class BatchNorm2d : Module
{
    private readonly Tensor _weight, _bias, _runningMean, _runningVar;
    private bool _frozen;

    /// <summary>Makes the layer for a number of channels.</summary>
    public BatchNorm2d(int channels)
    {
        _weight = Parameter("weight", Tensor.Full([channels], 1));
        _bias = Parameter("bias", Tensor.Zeros([channels]));
        _runningMean = Buffer("running_mean", Tensor.Zeros([channels]));
        _runningVar = Buffer("running_var", Tensor.Full([channels], 1));
    }

    /// <summary>(B, channels, H, W) → the same.</summary>
    public Tensor Forward(Tensor x) => _frozen
        ? x.BatchNorm(_weight.Detach(), _bias.Detach(), _runningMean, _runningVar, training: false, 0.1, 1e-5)
        : x.BatchNorm(_weight, _bias, _runningMean, _runningVar, Training, 0.1, 1e-5);

    /// <inheritdoc/>
    public override void FreezeNormalization() => _frozen = true;
}
