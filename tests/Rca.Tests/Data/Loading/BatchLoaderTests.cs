using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Torch;

namespace Rca.Tests.Data.Loading;

public sealed class BatchLoaderTests : SingleThread
{
    private static readonly Augmentation Augmentation = new(16, 0.5, 1.5, 0.3, 0.1);

    private static readonly Compute Compute = new("cpu", Precision.Fp32);

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Fact]
    public void TheSameSeedAndEpochGiveTheSameBatches()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 9, 20).Images;
        float[] Values(int seed, int epoch) => [.. Each(Labelled(images, 4, seed), epoch, static b => b.Pictures.Values.ToArray<float>().Concat(b.Labels!.ToArray<long>().Select(static l => (float)l))).SelectMany(static v => v)];
        float[] reference = Values(1, 0);
        ThreadPool.GetMinThreads(out int workers, out int ports);
        try
        {
            foreach (int threads in (int[])[1, 16])
            {
                ThreadPool.SetMinThreads(threads, ports);
                Assert.Equal(reference, Values(1, 0));
            }
        }
        finally
        {
            ThreadPool.SetMinThreads(workers, ports);
        }
        Assert.NotEqual(reference, Values(2, 0));
        Assert.NotEqual(reference, Values(1, 1));
    }

    [Theory]
    [InlineData(9, 4, new[] { 4, 4 })]
    [InlineData(8, 4, new[] { 4, 4 })]
    [InlineData(3, 4, new[] { 3 })]
    [InlineData(1, 4, new[] { 1 })]
    [InlineData(0, 4, new int[0])]
    public void AnEpochHasFullBatchesOrOneSmallOne(int images, int batch, int[] sizes)
    {
        using var folder = new TemporaryFolder();
        var loader = new BatchLoader(ShapeScenes.Write(folder, images, 20).Images, Compute, _ => Augmentation, batch, seed: 1);
        (int[] Images, bool HasLabels)[] batches = [.. Each(loader, 0, static b => (b.Images, b.Labels is not null || b.IsLabelled))];
        Assert.Equal(sizes, batches.Select(static b => b.Images.Length));
        Assert.Equal(Math.Max(1, sizes.Length), loader.StepsPerEpoch);
        int[] drawn = [.. batches.SelectMany(static b => b.Images)];
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
        Assert.All(batches, static b => Assert.False(b.HasLabels));
    }

    [Fact]
    public void WithoutShuffleAnEpochGoesThroughAllImagesInOrder()
    {
        using var folder = new TemporaryFolder();
        var loader = new BatchLoader(ShapeScenes.Write(folder, 5, 20).Images, Compute, _ => Augmentation, 2, seed: 1, shuffle: false);
        Assert.Equal(3, loader.StepsPerEpoch);
        for (int epoch = 0; epoch < 2; epoch++)
            Assert.Equal([0, 1, 2, 3, 4], Each(loader, epoch, static batch => batch.Images).SelectMany(static drawn => drawn));
    }

    [Fact]
    public void TheAugmentationMayChangeFromEpochToEpoch()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 2, 20).Images;
        var loader = new BatchLoader(images, Compute, epoch => Augmentation with { Size = epoch == 0 ? 8 : 24 }, 2, 1, static image => image.MaskPath!);
        foreach ((int epoch, int size) in ((int, int)[])[(0, 8), (1, 24)])
        {
            using TrainingBatch batch = Assert.Single(loader.Epoch(epoch, Never));
            Assert.Equal((size, size), (batch.Pictures.Width, batch.Pictures.Height));
            Assert.Equal([2, size, size], batch.Labels!.Shape);
            Assert.True(batch.IsLabelled);
        }
    }

    [Fact]
    public void UnreadablePicturesLeaveTheirBatchSmaller()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 4, 20).Images;
        File.WriteAllText(images[1].Path, "no picture");
        File.Delete(images[2].MaskPath!);
        BatchLoader loader = Labelled(images, 4, 1);
        Assert.Equal([0, 3], Assert.Single(Each(loader, 0, static batch => batch.Images)).Order());
        Assert.Equal([images[1].Path, images[2].MaskPath], loader.Unreadable.Keys.Order());
    }

    [Fact]
    public void ALabelMapOfAnotherSizeIsNamed()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 2, 20).Images;
        LabelFile.Write(images[0].MaskPath!, new LabelMap(19, 20));
        BatchLoader loader = Labelled(images, 2, 1);
        Assert.Single(Each(loader, 0, static batch => batch.Images));
        Assert.Contains("19×20", Assert.Single(loader.Unreadable).Value);
    }

    [Fact]
    public void FailuresReachTheReaderAsThemselves()
    {
        using var folder = new TemporaryFolder();
        var loader = new BatchLoader(ShapeScenes.Write(folder, 4, 20).Images, Compute, _ => Augmentation, 2, 1, static _ => throw new RcaException("no labels today"));
        Assert.Equal("no labels today", Assert.Throws<RcaException>(() => Each(loader, 0, static batch => batch.Images)).Message);
    }

    [Fact]
    public void AFailureEndsTheBatchesBesideItAndLeavesNothingBehind()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 12, 20).Images;
        using var others = new CountdownEvent(2);
        long before = LiveHandles();
        var loader = new BatchLoader(images, Compute, _ => Augmentation, 1, 1, image =>
        {
            if (image != images[0]) others.Signal();
            else if (others.Wait(TimeSpan.FromSeconds(30))) throw new RcaException("no labels today");
            return image.MaskPath!;
        }, shuffle: false)
        {
            AtOnce = 3,
        };
        Assert.Equal("no labels today", Assert.Throws<RcaException>(() => Each(loader, 0, static batch => batch.Images)).Message);
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void BatchesKeepTheirOrderWhicheverIsDoneFirst()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 4, 20).Images;
        using var secondIsRead = new ManualResetEventSlim();
        var loader = new BatchLoader(images, Compute, _ => Augmentation, 1, 1, image =>
        {
            if (image == images[1]) secondIsRead.Set();
            if (image == images[0]) Assert.True(secondIsRead.Wait(TimeSpan.FromSeconds(30)), "the second batch was not begun beside the first");
            return image.MaskPath!;
        }, shuffle: false)
        {
            AtOnce = 2,
        };
        Assert.Equal([0, 1, 2, 3], Each(loader, 0, static batch => batch.Images).SelectMany(static drawn => drawn));
    }

    [Fact]
    public void ACancelledEpochNeverLooksComplete()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 6, 20).Images;
        for (int after = 0; after < 3; after++)
        {
            using var source = new CancellationTokenSource();
            var loader = new BatchLoader(images, Compute, _ => Augmentation, 1, 1, image =>
            {
                if (image.Name == $"{after}.png") source.Cancel(); // from the producer's side
                return image.MaskPath!;
            });
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                foreach (TrainingBatch batch in loader.Epoch(0, source.Token)) batch.Dispose();
            });
        }
    }

    [Fact]
    public void LeavingEarlyEndsTheProducer()
    {
        using var folder = new TemporaryFolder();
        int read = 0;
        var loader = new BatchLoader(ShapeScenes.Write(folder, 30, 20).Images, Compute, _ => Augmentation, 1, 1, image =>
        {
            Interlocked.Increment(ref read);
            return image.MaskPath!;
        })
        {
            AtOnce = 2,
        };
        using (loader.Epoch(0, Never).First())
        {
        }
        int whenLeft = Volatile.Read(ref read);
        Assert.InRange(whenLeft, 1, 1 + 2 + 2); // one taken, two waiting, two in work or done
        Thread.Sleep(50);
        Assert.Equal(whenLeft, Volatile.Read(ref read)); // leaving waits for the producer
    }

    /// <summary>What is read ahead and not taken goes with the epoch; what is taken goes with its taker.</summary>
    [Fact]
    public void BatchesLeaveNoTensorsBehind()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 12, 20).Images;
        long before = LiveHandles();
        for (int taken = 1; taken <= 6; taken++)
            foreach (TrainingBatch batch in Labelled(images, 2, 1).Epoch(0, Never).Take(taken))
                using (batch) Assert.True(Tensor.LiveHandles > before);
        Assert.Equal(before, Tensor.LiveHandles);
    }

    [Fact]
    public void WaitingIsCounted()
    {
        using var folder = new TemporaryFolder();
        BatchLoader loader = Labelled(ShapeScenes.Write(folder, 4, 20).Images, 2, 1);
        Assert.Equal(TimeSpan.Zero, loader.Waited);
        Assert.Equal(2, Each(loader, 0, static batch => batch.Images).Length);
        Assert.True(loader.Waited > TimeSpan.Zero); // for the first batch, at least
    }

    /// <summary>What a test wants to know of each batch of an epoch.</summary>
    private static T[] Each<T>(BatchLoader loader, int epoch, Func<TrainingBatch, T> look) => [.. loader.Epoch(epoch, Never).Select(batch =>
    {
        using (batch) return look(batch);
    })];

    private static BatchLoader Labelled(IReadOnlyList<TaggedImage> images, int batch, int seed) =>
        new(images, Compute, _ => Augmentation, batch, seed, static image => image.MaskPath!) { AtOnce = 3 };
}
