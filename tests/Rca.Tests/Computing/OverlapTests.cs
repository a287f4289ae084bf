using Rca.Computing;
using Rca.Torch;

namespace Rca.Tests.Computing;

public sealed class OverlapTests
{
    [Fact]
    public void OnTheProcessorAWorkIsDoneAtOnce()
    {
        using var overlap = new Overlap(Device.Cpu);
        int here = Environment.CurrentManagedThreadId, there = 0;
        overlap.Run(() => there = Environment.CurrentManagedThreadId);
        Assert.Equal(here, there);
    }

    [Fact]
    public async Task OnCudaOneWorkRunsBesideAndTheNextOneWaits()
    {
        using var overlap = new Overlap(Device.Cuda());
        using ManualResetEventSlim go = new(), secondHasBegun = new();
        overlap.Run(() => Assert.True(go.Wait(TimeSpan.FromSeconds(30)))); // not done at once, or nobody would say go
        Task second = Task.Run(() => overlap.Run(secondHasBegun.Set), TestContext.Current.CancellationToken);
        Assert.False(secondHasBegun.Wait(100, TestContext.Current.CancellationToken));
        go.Set();
        await second;
        overlap.Finish();
        Assert.True(secondHasBegun.IsSet);
    }

    [Fact]
    public void AFailureComesOutAsItself()
    {
        using var overlap = new Overlap(Device.Cuda());
        overlap.Run(static () => throw new RcaException("no disk"));
        Assert.Equal("no disk", Assert.Throws<RcaException>(() => overlap.Run(static () => { })).Message);
    }

    [Fact]
    public void LeavingWaitsForTheWorkAndSaysNothingOfItsFailure()
    {
        bool ended = false;
        using (var overlap = new Overlap(Device.Cuda()))
            overlap.Run(() =>
            {
                Thread.Sleep(50);
                ended = true;
                throw new RcaException("no disk");
            });
        Assert.True(ended);
    }
}
