namespace Rca.Torch;

public sealed unsafe partial class Tensor
{
    /// <summary>True where gradients flow to or through this tensor.</summary>
    public bool RequiresGrad => Info().RequiresGrad != 0;

    /// <summary>The gradient gathered by <see cref="Backward"/>, or null. Each read makes a new handle to the same memory.</summary>
    public Tensor? Grad
    {
        get
        {
            nint grad;
            Native.Check(Native.rt_grad(Handle, &grad), "reading a gradient");
            GC.KeepAlive(this);
            return grad == 0 ? null : new Tensor(grad);
        }
        set
        {
            Native.Check(Native.rt_set_grad(Handle, value?.Handle ?? 0), "setting a gradient");
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }
    }

    /// <summary>Marks a leaf as one that gathers a gradient.</summary>
    public Tensor WithGrad(bool on = true)
    {
        Native.Check(Native.rt_set_requires_grad(Handle, on ? 1 : 0), "marking a tensor for gradients");
        GC.KeepAlive(this);
        return this;
    }

    /// <summary>Adds the derivatives of this single number to the gradients of all leaves it depends on, and frees the graph.</summary>
    public void Backward()
    {
        Native.Check(Native.rt_backward(Handle), "the backward pass");
        GC.KeepAlive(this);
    }
}

/// <summary>While it is open, operators of this thread record nothing for a backward pass.</summary>
public readonly struct NoGrad : IDisposable
{
    private readonly int _before;

    /// <summary>Switches recording off.</summary>
    public NoGrad()
    {
        TorchRuntime.Initialize();
        _before = Native.rt_grad_mode(0);
    }

    /// <summary>Whether operators of this thread record nothing.</summary>
    public static bool Active
    {
        get
        {
            TorchRuntime.Initialize();
            return Native.rt_grad_enabled() == 0;
        }
    }

    /// <summary>Restores what was found.</summary>
    public void Dispose() => Native.rt_grad_mode(_before);
}

/// <summary>
/// While it is open, convolutions and matrix products of this thread run in bfloat16 where <c>enabled</c>; sensitive operators stay in float32.
/// </summary>
public readonly unsafe struct Autocast : IDisposable
{
    private readonly bool _enabled;
    private readonly NativeAutocastState _before;

    /// <summary>Whether one is open on this thread for the processor.</summary>
    internal static bool OnProcessor
    {
        get
        {
            TorchRuntime.Initialize();
            return Native.rt_autocast_enabled(Device.Cpu.Type) != 0;
        }
    }

    /// <summary>Switches mixed precision on for a device, or does nothing.</summary>
    public Autocast(Device device, bool enabled)
    {
        _enabled = enabled;
        if (!enabled) return;
        TorchRuntime.Initialize();
        fixed (NativeAutocastState* state = &_before)
            Native.Check(Native.rt_autocast_enter(device.Type, (int)DType.BFloat16, state), "switching on mixed precision");
    }

    /// <summary>Restores what was found.</summary>
    public void Dispose()
    {
        if (!_enabled) return;
        fixed (NativeAutocastState* state = &_before)
            Native.Check(Native.rt_autocast_leave(state), "switching off mixed precision");
    }
}
