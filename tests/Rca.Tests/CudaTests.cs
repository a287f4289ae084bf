using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Loading;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Imaging.Transforms;
using Rca.Labelling;
using Rca.Segmentation;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests;

/// <summary>The same work on a CUDA device and on the processor. Tolerances allow for TensorFloat-32, in which libtorch convolves float32 there.</summary>
public sealed class CudaTests : SingleThread
{
    private static readonly ClassificationOptions Options = TinyRuns.Classification with { ScoreGate = 0.3, ContrastStart = 1 };

    [Fact]
    public void Classification_learns_as_on_the_processor()
    {
        Compute cuda = Cuda();
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        using var here = new ClassificationTrainer(3, data.Images, Options, Fp32);
        using var there = new ClassificationTrainer(3, data.Images, Options, cuda);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            EpochLosses expected = here.Train(epoch), found = there.Train(epoch);
            AssertNear(expected.Loss, found.Loss);
            AssertNear(expected.CoarseLoss, found.CoarseLoss);
            AssertNear(expected.ContrastLoss, found.ContrastLoss);
            Assert.Equal(expected.MemoryEntries, found.MemoryEntries);
        }
        Assert.True(here.Memory!.Count > 0);
    }

    [Fact]
    public void Segmentation_learns_as_on_the_processor()
    {
        Compute cuda = Cuda();
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        SegmentationTrainer Make(Compute compute) => new(4, data.Images, static image => image.MaskPath!, TinyRuns.Segmentation, compute);
        using SegmentationTrainer here = Make(Fp32), there = Make(cuda);
        for (int epoch = 0; epoch < 2; epoch++) AssertNear(here.Train(epoch), there.Train(epoch));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Auto)]
    public void All_stages_run(Precision precision)
    {
        Compute cuda = Cuda(precision);
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 20, 32, val: 4);
        Assert.Equal(precision == Precision.Auto, cuda.MixedPrecision);
        RunFolder first = new(folder.At("classification")), second = new(folder.At("segmentation"));
        var (progress, stop) = TinyRuns.StopIn(epoch: 2, stepsPerEpoch: 4);
        Assert.ThrowsAny<OperationCanceledException>(() => ClassificationRun.Train(data, first, Options, cuda, progress, stop));
        TinyRuns.Train(data, first, Options, cuda); // goes on from the checkpoint
        using (Classifier there = Classifier.Load(first, cuda))
        using (Classifier here = Classifier.Load(first, Fp32))
        {
            // More than one lot of pictures, so that one is finished while the next is looked at.
            Assert.Equal(20, Label(there, "labels").Pictures);
            Label(here, "labels-here");
            AssertSimilar("labels", "labels-here", 0.97);
        }
        TinyRuns.Train(data, folder.At("labels"), second, TinyRuns.Segmentation, cuda, first);
        using (Segmenter there = Segmenter.Load(second, new PredictionOptions(), cuda))
        using (Segmenter here = Segmenter.Load(second, new PredictionOptions(), Fp32))
        {
            Assert.Equal(20, Predict(there, "predictions").Pictures);
            Predict(here, "predictions-here");
            AssertSimilar("predictions", "predictions-here", 0.97);
        }

        LabellingResult Label(Classifier classifier, string name) =>
            new LabellingRun(classifier, new LabellingOptions(), new LabellingFolders())
                .Run(data.Images, folder.At(name), null, TestContext.Current.CancellationToken);

        PredictionResult Predict(Segmenter segmenter, string name) => SegmentationRun.Predict(
            segmenter, data.Images, folder.At(name), null, null, TestContext.Current.CancellationToken);

        void AssertSimilar(string one, string other, double share)
        {
            long equal = 0, all = 0;
            foreach (string path in Directory.GetFiles(folder.At(one)))
            {
                LabelMap a = LabelFile.Read(path), b = LabelFile.Read(Path.Combine(folder.At(other), Path.GetFileName(path)));
                equal += a.Labels.Zip(b.Labels).Count(static pair => pair.First == pair.Second);
                all += a.Labels.Length;
            }
            Assert.True(equal >= share * all, $"{equal} of {all} pixels of {one} are those of {other}");
        }
    }

    [Fact]
    public void Deterministic_runs_repeat_bit_for_bit()
    {
        Skip();
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        var compute = new Compute("cuda", Precision.Fp32, deterministic: true);
        RunFolder one = new(folder.At("one")), other = new(folder.At("other"));
        TinyRuns.Train(data, one, Options, compute);
        TinyRuns.Train(data, other, Options, compute);
        TinyRuns.AssertSameCheckpoint(one, other);
    }

    [Fact]
    public void A_readback_takes_what_the_device_held_when_it_was_asked()
    {
        Skip();
        Tensor x = Tensor.Full([1000, 1000], 2, device: Device.Cuda());
        for (int i = 0; i < 50; i++) x = x.Matmul(x) * (1.0 / 2000); // keeps the device busy; the values stay 2
        using var readback = new Readback<float>(x);
        x.Fill_(7);
        Assert.All(readback.Take(), static value => Assert.Equal(2, value, 1e-3));
    }

    [Fact]
    public void Pictures_reach_the_device_from_pinned_memory()
    {
        Compute cuda = Cuda();
        using PictureBatch batch = PictureBatch.For(cuda, 2, 5, 4);
        var picture = new Picture(5, 4, 3);
        for (int i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)(i * 3);
        batch.Set(0, picture);
        batch.Set(1, PictureTransforms.FlipHorizontally(picture));
        Assert.Equal(batch.Values.ToArray<float>(), batch.Values.To(cuda.Device).ToArray<float>());
    }

    private static Compute Cuda(Precision precision = Precision.Fp32)
    {
        Skip();
        return new Compute("cuda", precision);
    }

    private static void Skip() => Assert.SkipUnless(TorchRuntime.CudaAvailable, "This libtorch finds no CUDA device.");

    private static void AssertNear(double expected, double found) => Assert.Equal(expected, found, 0.01 * Math.Abs(expected) + 1e-4);
}
