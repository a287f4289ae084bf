using System.Reflection;
using System.Runtime.InteropServices;

namespace Rca.Torch;

internal enum ValueTag
{
    None,
    Tensor,
    Int,
    Double,
    Bool,
    String,
    Ints,
    Doubles,
    Tensors,
    Device,
}

/// <summary>One tagged argument or result; the layout is the shim's <c>Value</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)] public ValueTag Tag;
    [FieldOffset(4)] public int Count;
    [FieldOffset(8)] public long Int;
    [FieldOffset(8)] public double Double;
    [FieldOffset(8)] public nint Pointer;
}

/// <summary>The shim's <c>Info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeInfo
{
    public int Dimensions, DType, Device, DeviceIndex;
    public long Count;
    public int RequiresGrad, IsLeaf, Contiguous, ChannelsLast;
}

/// <summary>The shim's <c>AutocastState</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeAutocastState
{
    public int Device, Enabled, DType;
}

/// <summary>Entry points of the shim. <see cref="TorchRuntime"/> resolves and checks the library before the first call.</summary>
internal static unsafe partial class Native
{
    /// <summary>Same number as <c>kShimVersion</c> in shim.cpp.</summary>
    public const int ShimVersion = 6;

    private const string Library = "rca_torch";

    static Native() =>
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, static (name, _, _) => name == Library ? TorchRuntime.LoadShim() : 0);

    [LibraryImport(Library)] public static partial nint rt_last_error();
    [LibraryImport(Library)] public static partial nint rt_torch_version();
    [LibraryImport(Library)] public static partial int rt_shim_version();
    [LibraryImport(Library)] public static partial void rt_release(nint handle);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] public static partial int rt_operator_find(string name, string overload, nint* op);
    [LibraryImport(Library)] public static partial int rt_operator_schema(nint op, byte* buffer, int capacity);
    [LibraryImport(Library)] public static partial int rt_call(nint op, NativeValue* arguments, int count, NativeValue* results, int resultCount);
    [LibraryImport(Library)] public static partial void rt_free(nint pointer);
    [LibraryImport(Library)] public static partial int rt_from_memory(void* data, long* sizes, int dimensions, int dtype, nint* result);
    [LibraryImport(Library)] public static partial int rt_data(nint handle, void** data, long* bytes);
    [LibraryImport(Library)] public static partial int rt_to_memory(nint handle, void* destination, long bytes);
    [LibraryImport(Library)] public static partial int rt_readback_start(nint handle, nint* result);
    [LibraryImport(Library)] public static partial int rt_readback_take(nint readback, void* destination, long bytes);
    [LibraryImport(Library)] public static partial void rt_readback_free(nint readback);
    [LibraryImport(Library)] public static partial int rt_info(nint handle, NativeInfo* info, long* sizes, int capacity);
    [LibraryImport(Library)] public static partial int rt_set_requires_grad(nint handle, int on);
    [LibraryImport(Library)] public static partial int rt_grad(nint handle, nint* result);
    [LibraryImport(Library)] public static partial int rt_set_grad(nint handle, nint grad);
    [LibraryImport(Library)] public static partial int rt_backward(nint handle);
    [LibraryImport(Library)] public static partial int rt_grad_mode(int on);
    [LibraryImport(Library)] public static partial int rt_grad_enabled();
    [LibraryImport(Library)] public static partial int rt_autocast_enabled(int device);
    [LibraryImport(Library)] public static partial int rt_autocast_enter(int device, int dtype, NativeAutocastState* before);
    [LibraryImport(Library)] public static partial int rt_autocast_leave(NativeAutocastState* before);
    [LibraryImport(Library)] public static partial int rt_set_num_threads(int count);
    [LibraryImport(Library)] public static partial int rt_get_num_threads();
    [LibraryImport(Library)] public static partial int rt_manual_seed(ulong seed);
    [LibraryImport(Library)] public static partial int rt_set_deterministic(int on);
    [LibraryImport(Library)] public static partial int rt_deterministic();
    [LibraryImport(Library)] public static partial int rt_cuda_available();
    [LibraryImport(Library)] public static partial int rt_describe(byte* buffer, int capacity);

    /// <summary>Turns a failure code into a typed error.</summary>
    public static void Check(int code, string doing)
    {
        if (code != 0) throw new TorchException($"{doing}: {LastError()}");
    }

    public static string LastError() => Marshal.PtrToStringUTF8(rt_last_error()) ?? "no message";

    /// <summary>Reads a text of unknown length: once for its length, once for its bytes.</summary>
    public static string Text(Func<nint, int, int> copy)
    {
        var buffer = new byte[copy(0, 0) + 1];
        fixed (byte* p = buffer) copy((nint)p, buffer.Length);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, buffer.Length - 1);
    }
}
