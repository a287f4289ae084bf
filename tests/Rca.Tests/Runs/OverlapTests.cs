using Rca.Runs;
using Rca.Torch;

namespace Rca.Tests.Runs;

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
    public void OnCudaOneWorkRunsBesideAndTheNextOneWaits()
    {
        using var overlap = new Overlap(Device.Cuda());
        using var go = new ManualResetEventSlim();
        var order = new List<int>();
        overlap.Run(() =>
        {
            go.Wait(TestContext.Current.CancellationToken);
            order.Add(1);
        });
        go.Set(); // it would wait for ever, had it been done at once
        overlap.Run(() => order.Add(2));
        overlap.Finish();
        Assert.Equal([1, 2], order);
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
