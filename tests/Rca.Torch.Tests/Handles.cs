namespace Rca.Torch.Tests;

internal static class Handles
{
    /// <summary>Native handles alive, without those that an earlier test left to the collector.</summary>
    public static long Live()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.LiveHandles;
    }
}
