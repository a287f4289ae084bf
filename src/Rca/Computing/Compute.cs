using Rca.Torch;

namespace Rca.Computing;

/// <summary>How exactly networks compute.</summary>
public enum Precision
{
    /// <summary>bfloat16 if the hardware multiplies it and the network gains from it, otherwise float32.</summary>
    Auto,

    /// <summary>float32 throughout.</summary>
    Fp32,

    /// <summary>Convolutions and products in bfloat16, sensitive operators in float32.</summary>
    Bf16,
}

/// <summary>Where and how a network computes: device, precision and the memory layout that is fastest with them, and threads as the load of the machine allows.</summary>
public sealed class Compute
{
    private readonly Precision _precision;
    private readonly SharedProcessors? _processors;

    /// <summary>Chooses the device and the precision.</summary>
    /// <param name="device">auto, cpu, cuda or cuda:N.</param>
    /// <param name="precision">Auto picks bfloat16 on CUDA and on processors that have it, unless <see cref="For"/> decides by the network.</param>
    /// <param name="deterministic">Repeated runs give the same bits. It applies to the whole process from now on.</param>
    /// <param name="time">The clock that says when to check the machine's load again; null for the system's.</param>
    /// <exception cref="TorchException">libtorch is missing or lacks the device.</exception>
    public Compute(string device = "auto", Precision precision = Precision.Auto, bool deterministic = false, TimeProvider? time = null)
    {
        TorchRuntime.Initialize();
        if (deterministic) TorchRuntime.Deterministic = true;
        Device = Device.Parse(device);
        _precision = precision;
        MixedPrecision = precision == Precision.Bf16 || (precision == Precision.Auto && (Device.IsCuda || TorchRuntime.HasFastBFloat16));
        if (!Device.IsCuda && !TorchRuntime.ThreadsAreChosen)
            _processors = new SharedProcessors(Environment.ProcessorCount, time ?? TimeProvider.System, ProcessorLoad.Read);
    }

    private Compute(Compute other, bool mixedPrecision) =>
        (Device, _precision, _processors, MixedPrecision) = (other.Device, other._precision, other._processors, mixedPrecision);

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>True for bfloat16 convolutions.</summary>
    public bool MixedPrecision { get; }

    /// <summary>Channels innermost are faster with bfloat16, and slower in float32 on the processor.</summary>
    internal bool ChannelsLast => MixedPrecision || Device.IsCuda;

    /// <summary>The same for a known network: where the precision was left open, the faster one.</summary>
    /// <param name="savesProducts">Whether our own operators save the network products in float32; null for a network of which nothing is known.</param>
    public Compute For(bool? savesProducts)
    {
        if (_precision != Precision.Auto || savesProducts is not { } saves) return this;
        bool mixed = Device.IsCuda || PrefersBFloat16(TorchRuntime.HasFastBFloat16, TorchRuntime.HasHalvedBFloat16, saves);
        return mixed == MixedPrecision ? this : new Compute(this, mixed);
    }

    /// <summary>
    /// Whether a processor is faster in bfloat16, by what was measured (docs/performance.md). It is a rule, not a trial, because a trial with a close result would
    /// make runs differ.
    /// </summary>
    /// <param name="fast">The processor multiplies bfloat16 in hardware.</param>
    /// <param name="halved">It takes each vector in two halves.</param>
    /// <param name="savesProducts">Our own operators save the network products in float32.</param>
    internal static bool PrefersBFloat16(bool fast, bool halved, bool savesProducts) => fast && !(halved && savesProducts);

    /// <summary>A detail for the progress line, with the number of threads if other programs use some of the processors.</summary>
    internal string? Detail(string? text = null) =>
        _processors is null || _processors.Threads == _processors.Most || TorchRuntime.ThreadsAreChosen ? text
        : $"{(text is null ? "" : text + "  ")}another program uses this machine: {_processors.Threads} of {_processors.Most} threads";

    /// <summary>Moves a module's weights to the device, in the fastest layout.</summary>
    public void Place(Module module) => module.To(Device, ChannelsLast);

    /// <summary>
    /// The scope of every forward pass: mixed precision if chosen, and one thread for each processor that other programs leave free. The number of
    /// threads is checked every two seconds at most, unless it was chosen (<see cref="TorchRuntime.ThreadsAreChosen"/>).
    /// </summary>
    public Autocast ForwardPass()
    {
        if (_processors is not null && !TorchRuntime.ThreadsAreChosen)
        {
            _processors.Look();
            TorchRuntime.SuggestThreads(_processors.Threads);
        }
        return new Autocast(Device, MixedPrecision);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Device} {(MixedPrecision ? "bf16" : "fp32")}{(TorchRuntime.Deterministic ? " deterministic" : "")}";
}
