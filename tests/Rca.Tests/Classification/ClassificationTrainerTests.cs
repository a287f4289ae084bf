using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Torch;

namespace Rca.Tests.Classification;

public sealed class ClassificationTrainerTests : SingleThread
{
    private static readonly ClassificationOptions Options = TinyRuns.Classification with { ScoreGate = 0.3, ContrastStart = 1 };

    [Fact]
    public void EpochsMoveTheWeightsFillTheMemoryAndMakePrototypes()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Make(folder, Options with { WeightDecay = 0 });
        var before = Snapshot(trainer);
        EpochLosses losses = trainer.Train(0);
        Assert.True(losses.MemoryEntries > 0);
        Assert.Equal(0, losses.ContrastLoss); // starts at epoch 1, and with it the projection, which learns from nothing else
        foreach (var (name, value) in trainer.Model.Parameters())
            if (name.StartsWith("project.", StringComparison.Ordinal)) Assert.Equal(before[name], value.ToArray<float>());
        Assert.All(trainer.Model.Aggregation!.Prototypes().Present.ToArray<float>(), static p => Assert.Equal(0, p));
        EpochLosses second = trainer.Train(1);
        Assert.True(second.ContrastLoss > 0);
        Assert.Contains(1f, trainer.Model.Aggregation.Prototypes().Present.ToArray<float>());
        // All convolutions; a scale of 1 may still take steps too small for float32.
        foreach (var (name, value) in trainer.Model.Parameters())
            if (value.Dimensions == 4) Assert.False(value.ToArray<float>().SequenceEqual(before[name]), name);
    }

    [Fact]
    public void PrototypesAreGatheredFromTheChosenPartOfTheRunOn()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Make(folder, Options with { AggregationStart = 0.5 });
        for (int epoch = 0; epoch < Options.Epochs; epoch++)
        {
            trainer.Train(epoch);
            Assert.Equal(epoch >= Options.Epochs / 2, trainer.Model.Aggregation!.Prototypes().Present.ToArray<float>().Contains(1f));
        }
    }

    [Fact]
    public void TheLossIsTheWeightedSumOfItsTerms()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Make(folder, Options with { CoarseWeight = 0.3, ContrastWeight = 0.2 });
        trainer.Train(0);
        EpochLosses losses = trainer.Train(1);
        // Means over the epoch of float32 terms.
        Assert.Equal(losses.FinalLoss + 0.3 * losses.CoarseLoss + 0.2 * losses.ContrastLoss, losses.Loss, 1e-5);
    }

    [Fact]
    public void CamIsRcaWithBothPartsOff()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 8, 32);
        using var cam = new ClassificationTrainer(3, data.Images, Options.AsCam(), Fp32);
        var trained = Train(cam);
        Assert.DoesNotContain(trained.Keys, static name => name.Contains("memory", StringComparison.Ordinal) || name.Contains("project", StringComparison.Ordinal));
        using var off = new ClassificationTrainer(3, data.Images, Options with { Contrast = false, Aggregation = false }, Fp32);
        AssertEqual(trained, Train(off));
        // What switched-off parts would do does not matter, and nothing of them is drawn from the seed.
        using var other = new ClassificationTrainer(3, data.Images, Options.AsCam() with { MemorySize = 3, CoarseWeight = 7, ContrastWeight = 7 }, Fp32);
        AssertEqual(trained, Train(other));
    }

    [Fact]
    public void OnePartsSwitchLeavesTheStartOfTheOthersAlone()
    {
        using var folder = new TemporaryFolder();
        using ClassificationTrainer rca = Make(folder, Options), cam = Make(folder, Options.AsCam());
        var full = Snapshot(rca);
        foreach (var (name, values) in Snapshot(cam)) Assert.Equal(full[name], values);
    }

    [Fact]
    public void MixedPrecisionTrainsToo()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 8, 32).Images;
        using ClassificationTrainer exact = new(3, images, Options, Fp32), mixed = new(3, images, Options, new Compute("cpu", Precision.Bf16));
        for (int epoch = 0; epoch < 2; epoch++)
        {
            EpochLosses expected = exact.Train(epoch), actual = mixed.Train(epoch);
            Assert.Equal(expected.FinalLoss, actual.FinalLoss, 0.05); // losses of about 0.7; bfloat16 has 8 bits
            Assert.Equal(expected.ContrastLoss > 0, actual.ContrastLoss > 0);
        }
    }

    [Fact]
    public void HandlesReturnToTheirStart()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<TaggedImage> images = ShapeScenes.Write(folder, 8, 32).Images;
        long start = LiveHandles(), afterTwo = 0;
        using (var trainer = new ClassificationTrainer(3, images, Options with { Epochs = 50, BatchSize = 2 }, Fp32))
            for (int epoch = 0; epoch < 50; epoch++) // 200 steps
            {
                trainer.Train(epoch);
                if (epoch == 1) afterTwo = Tensor.LiveHandles;
                else if (epoch > 1) Assert.Equal(afterTwo, Tensor.LiveHandles);
            }
        Assert.Equal(start, Tensor.LiveHandles);
    }

    private ClassificationTrainer Make(TemporaryFolder folder, ClassificationOptions options) =>
        new(3, ShapeScenes.Write(folder, 8, 32).Images, options, Fp32);

    private static Dictionary<string, float[]> Train(ClassificationTrainer trainer)
    {
        trainer.Train(0);
        trainer.Train(1);
        return Snapshot(trainer);
    }

    private static Dictionary<string, float[]> Snapshot(ClassificationTrainer trainer) =>
        trainer.Model.State().ToDictionary(static item => item.Name, static item => item.Value.ToArray<float>());

    private static void AssertEqual(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, values) in expected) Assert.Equal(values, actual[name]);
    }
}
