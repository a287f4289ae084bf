using Rca.Data;
using Rca.Torch;

namespace Rca.Runs;

/// <summary>How exactly networks compute.</summary>
public enum Precision
{
    /// <summary>bfloat16 where the hardware multiplies it, else float32.</summary>
    Auto,

    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>Convolutions and products in bfloat16, everything delicate in float32.</summary>
    Bf16,
}

/// <summary>Where and how a network computes: device, precision and the memory layout that is fastest with them.</summary>
public sealed class Compute
{
    /// <summary>Chooses the device and the precision.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <param name="precision">Auto picks bfloat16 on CUDA and on processors that have it.</param>
    /// <param name="deterministic">Repeated runs give the same bits; holds for the whole process from here on.</param>
    /// <exception cref="TorchException">libtorch is missing or lacks the device.</exception>
    public Compute(string device = "auto", Precision precision = Precision.Auto, bool deterministic = false)
    {
        TorchRuntime.Initialize();
        if (deterministic) TorchRuntime.Deterministic = true;
        Device = Device.Parse(device);
        MixedPrecision = precision == Precision.Bf16 || (precision == Precision.Auto && (Device.IsCuda || TorchRuntime.HasFastBFloat16));
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>True for bfloat16 convolutions.</summary>
    public bool MixedPrecision { get; }

    /// <summary>Channels innermost pays with bfloat16; in float32 on the processor it costs.</summary>
    private bool ChannelsLast => MixedPrecision || Device.IsCuda;

    /// <summary>Puts a module's weights where they belong.</summary>
    public void Place(Module module) => module.To(Device, ChannelsLast);

    /// <summary>Mixed precision for the forward pass, where chosen.</summary>
    public Autocast Autocast() => new(Device, MixedPrecision);

    /// <summary>Room for pictures, laid out as networks here want them, where the device can take them by itself.</summary>
    public PictureBatch Batch(int count, int width, int height) => new(count, width, height, ChannelsLast, pinned: Device.IsCuda);

    /// <inheritdoc/>
    public override string ToString() => $"{Device} {(MixedPrecision ? "bf16" : "fp32")}{(TorchRuntime.Deterministic ? " deterministic" : "")}";
}
