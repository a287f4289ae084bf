using Rca.Classification;
using Rca.Data;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Labelling;
using Rca.Torch;
using Rca.Training;

namespace Rca.Tests.Classification;

/// <summary>The public code's mode as a whole: training with online accumulation, labels from its maps, checkpoints of others.</summary>
public sealed class ReleasedRunTests : SingleThread
{
    private static readonly ClassificationOptions Options = TinyRuns.Classification.AsReleased() with { Epochs = 4, BatchSize = 4, RateSteps = [2], ScoreGate = 0.3, MemorySize = 6, Prototypes = 2, LearningRate = 1e-6 };

    [Fact]
    public void AResumedRunEqualsAnUninterruptedOneMapsIncluded()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 7, 32);
        RunFolder whole = new(folder.At("whole")), parts = new(folder.At("parts"));
        TinyRuns.Train(data, whole, Options, Fp32);
        var (progress, stop) = TinyRuns.StopIn(3, stepsPerEpoch: 2); // seven pictures, unshuffled: the last batch has three
        Assert.ThrowsAny<OperationCanceledException>(() => ClassificationRun.Train(data, parts, Options, Fp32, progress, stop));
        TinyRuns.Train(data, parts, Options, Fp32);
        TinyRuns.AssertSameCheckpoint(whole, parts);
        string[] maps = Directory.GetFiles(whole.MapsPath, "*.npz", SearchOption.AllDirectories);
        Assert.Equal(7, maps.Length);
        foreach (string map in maps)
            Assert.Equal(File.ReadAllBytes(map), File.ReadAllBytes(Path.Combine(parts.MapsPath, Path.GetRelativePath(whole.MapsPath, map))));
    }

    [Fact]
    public void LabelsComeFromTheAccumulatedMaps()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        var run = new RunFolder(folder.At("run"));
        TinyRuns.Train(data, run, Options, Fp32);
        TaggedImage chosen = data.Images.First(static image => image.Tags.Count == 1);
        // A map that nothing but the file can have: the class on the left half.
        string path = Path.Combine(run.MapsPath, ActivationMapFile.NameFor(chosen.Name));
        ActivationMapFile.Write(path, new ActivationMap(4, 4, chosen.Tags, [.. Enumerable.Range(0, 16).Select(static i => i % 4 < 2 ? 1f : 0)]), data.Classes);
        File.Delete(Path.Combine(run.MapsPath, ActivationMapFile.NameFor(data.Images.First(image => image != chosen).Name)));
        var options = new LabellingOptions { Maps = MapKind.Accumulated, Crf = null };
        using Classifier classifier = Classifier.Load(run, Fp32);
        LabellingResult result = new LabellingRun(classifier, options, new LabellingFolders(Accumulated: run.MapsPath))
            .Run(data.Images, folder.At("labels"), null, TestContext.Current.CancellationToken);
        Assert.Equal(3, result.Pictures);
        Assert.Contains("cannot be read as activation maps", Assert.Single(result.Unreadable).Value);
        LabelMap labels = LabelFile.Read(folder.At($"labels/{chosen.MaskName}"));
        Assert.All(Enumerable.Range(0, labels.Labels.Length), i => Assert.Equal(
            i % labels.Width < 18 ? chosen.Tags[0] + 1 : 0, labels.Labels[i])); // bilinear between 1 and 0, and (1 - m)⁴ gives way from m = 0.28 on
        Assert.Contains("accumulate_maps=true", Assert.Throws<RcaException>(() =>
            new LabellingRun(classifier, options, new LabellingFolders(Accumulated: folder.At("nowhere")))).Message);
    }

    [Fact]
    public void PicturesWithoutTagsAreBackgroundAndOthersThanTheTrainImagesAreRefused()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        TaggedImage untagged = data.Images[0] with { Tags = [] };
        TaggedImage[] images = [untagged, .. data.Images.Skip(1)];
        var run = new RunFolder(folder.At("run"));
        TinyRuns.Train(data with { Images = images }, run, Options, Fp32);
        using Classifier classifier = Classifier.Load(run, Fp32);
        var labelling = new LabellingRun(classifier, new LabellingOptions { Maps = MapKind.Accumulated }, new LabellingFolders(Accumulated: run.MapsPath));
        LabellingResult result = labelling.Run(images, folder.At("labels"), null, TestContext.Current.CancellationToken);
        Assert.Equal(4, result.Pictures);
        Assert.Empty(result.Unreadable);
        Assert.All(LabelFile.Read(folder.At($"labels/{untagged.MaskName}")).Labels, static label => Assert.Equal(0, label));
        TaggedImage other = data.Images[1] with { Name = "elsewhere.png" };
        Assert.Contains("--set maps=final", Assert.Throws<RcaException>(() =>
            labelling.Run([other], folder.At("labels"), null, TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void FrozenNormalisationNeedsWeights()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        Assert.Contains("starts from random weights", Assert.Throws<RcaException>(() =>
            TinyRuns.Train(data, new RunFolder(folder.At("run")), Options with { FreezeNormalization = true }, Fp32)).Message);
        Assert.Contains("--backbone-from", Assert.Throws<RcaException>(() =>
            TinyRuns.Train(data, folder.At("masks"), new RunFolder(folder.At("run")), TinyRuns.Segmentation with { FreezeNormalization = true }, Fp32)).Message);
    }

    [Fact]
    public void MapsCannotBeAccumulatedWherePicturesAreCutOrMirrored()
    {
        Assert.Contains("needs squash true", Assert.Throws<RcaException>((Options with { Mirror = true }).Validate).Message);
        Assert.Contains("needs squash true", Assert.Throws<RcaException>((Options with { Squash = false }).Validate).Message);
        Assert.Contains("needs squash true", Assert.Throws<RcaException>((Options with { ScaleMax = 1.5 }).Validate).Message);
        Options.Validate();
    }

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("state_dict.module.")]
    public void ACheckpointOfThePublicCodeBecomesARun(string prefix)
    {
        using var folder = new TemporaryFolder();
        ClassificationOptions options = new ClassificationOptions { Backbone = "vgg16", Width = 0.125 }.AsReleased() with { Prototypes = 2 };
        using var original = new ClassificationModel(3, options);
        original.Aggregation!.SetPrototypes(Values.Normal(1, 3, 2, original.Channels), Tensor.Full([3, 2], 1));
        File.WriteAllText(folder.At("names.txt"), "cat\ndog\ncow\n");
        Safetensors.Write(folder.At("public.safetensors"), PublicState(original, prefix), null);
        var run = new RunFolder(folder.At("run"));

        Assert.Equal(["cat", "dog", "cow"], ReleasedCheckpoint.Import(folder.At("public.safetensors"), folder.At("names.txt"), run));

        using Classifier classifier = Classifier.Load(run, Fp32);
        ClassificationModel model = classifier.Model;
        Assert.Equal((0.125, 2), (classifier.Options.Width, classifier.Options.Prototypes));
        Tensor x = Values.Normal(5, 1, 3, 32, 32);
        original.Train(false);
        using var noGrad = new NoGrad();
        Assert.True(original.Forward(x).Maps.ElementsEqual(model.Forward(x).Maps));
        // The bias before the normalisation of the projection went into its mean.
        var statistics = model.State().ToDictionary();
        Assert.All(statistics["project.1.running_mean"].ToArray<float>(), static mean => Assert.Equal(-0.5f, mean));
        Assert.Contains("holds a run already", Assert.Throws<RcaException>(() => ReleasedCheckpoint.Import(folder.At("public.safetensors"), folder.At("names.txt"), run)).Message);
    }

    [Theory]
    [InlineData("released_checkpoint.zip.pth")]
    [InlineData("released_checkpoint.legacy.pth")]
    public void APyTorchCheckpointWithItsOptimiserBecomesARun(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("names.txt"), "cat\ndog\n");
        var run = new RunFolder(folder.At("run"));
        Assert.Equal(["cat", "dog"], ReleasedCheckpoint.Import(Values.GoldenPath(name), folder.At("names.txt"), run));
        using Classifier classifier = Classifier.Load(run, Fp32);
        ClassificationModel model = classifier.Model;
        using var noGrad = new NoGrad();
        using WeightFile file = WeightFile.Read(Values.GoldenPath(name));
        var state = model.State().ToDictionary();
        Assert.True(file.Tensors["state_dict.module.features.28.weight"].ElementsEqual(state["backbone.features.28.weight"]));
        Assert.True(file.Tensors["state_dict.module.extra_convs1.4.weight"].ElementsEqual(state["head2.1.4.weight"]));
        Assert.True(file.Tensors["state_dict.module.cluter1"].ElementsEqual(model.Aggregation!.Prototypes().Centres.Narrow(0, 1, 1).Squeeze(0)));
        Assert.All(model.Aggregation.Prototypes().Present.ToArray<float>(), static present => Assert.Equal(1, present));
        Assert.True(float.IsFinite(model.Forward(Values.Normal(1, 1, 3, 32, 32)).Maps.Sum().Item()));
    }

    [Theory]
    [InlineData("features.28.weight", new long[] { 1_000_000, 0 }, "width is 1953")]
    [InlineData("cluter0", new long[] { 4_000_000_000, 0 }, "prototypes is 2147483647")]
    [InlineData("cluter0", new long[] { 2000, 64 }, "prototypes is 2000")]
    [InlineData("cluter1", new long[] { 2, 5 }, "holds 'cluter1'")]
    [InlineData("extra_F.0.bias", new long[] { 7 }, "holds 'extra_F.0.bias'")]
    public void OddSizesAreRefusedBeforeAnythingIsMade(string name, long[] shape, string message)
    {
        using var folder = new TemporaryFolder();
        using var original = new ClassificationModel(3, new ClassificationOptions { Backbone = "vgg16", Width = 0.125 }.AsReleased() with { Prototypes = 2 });
        Safetensors.Write(folder.At("a.safetensors"), PublicState(original, "").Select(item => item.Name == name ? (name, Tensor.Zeros(shape)) : item), null);
        File.WriteAllText(folder.At("names.txt"), "cat\ndog\ncow\n");
        Assert.Contains(message, Assert.Throws<WeightFileException>(() =>
            ReleasedCheckpoint.Import(folder.At("a.safetensors"), folder.At("names.txt"), new RunFolder(folder.At("run")))).Message);
    }

    [Fact]
    public void OtherFilesAndWrongNumbersOfClassesAreNamed()
    {
        using var folder = new TemporaryFolder();
        using var original = new ClassificationModel(3, new ClassificationOptions { Backbone = "vgg16", Width = 0.125 }.AsReleased() with { Prototypes = 2 });
        Safetensors.Write(folder.At("a.safetensors"), PublicState(original, ""), null);
        Safetensors.Write(folder.At("b.safetensors"), [("fc.weight", Tensor.Zeros([2, 2]))], null);
        Safetensors.Write(folder.At("c.safetensors"), PublicState(original, "").Where(static item => item.Name != "aggre.weight"), null);
        File.WriteAllText(folder.At("two.txt"), "cat\ndog\n");
        File.WriteAllText(folder.At("three.txt"), "cat\ndog\ncow\n");
        var run = new RunFolder(folder.At("run"));
        Assert.Contains("has 3 classes", Assert.Throws<RcaException>(() => ReleasedCheckpoint.Import(folder.At("a.safetensors"), folder.At("two.txt"), run)).Message);
        Assert.Contains("has 3 classes", Assert.Throws<RcaException>(() => ReleasedCheckpoint.Import(folder.At("a.safetensors"), null, run)).Message);
        Assert.Contains("extra_convs0.0.weight", Assert.Throws<WeightFileException>(() => ReleasedCheckpoint.Import(folder.At("b.safetensors"), null, run)).Message);
        Assert.Contains("missing aggregate.gathered.weight", string.Join(' ', Assert.Throws<StateMismatchException>(() =>
            ReleasedCheckpoint.Import(folder.At("c.safetensors"), folder.At("three.txt"), run)).Message.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.False(run.Exists);
    }

    /// <summary>The state under the public names, with what the network does not need.</summary>
    private static IEnumerable<(string Name, Tensor Value)> PublicState(ClassificationModel model, string prefix)
    {
        foreach (var (name, value) in model.State())
        {
            if (name.StartsWith("aggregate.pr", StringComparison.Ordinal)) continue;
            string[] parts = name.Split('.');
            string to = parts switch
            {
                ["backbone", .. var rest] => string.Join('.', rest),
                ["head1", .. var rest] => $"extra_convs.{string.Join('.', rest)}",
                ["head2", var l, .. var rest] => $"extra_convs{l}.{string.Join('.', rest)}",
                ["project", .. var rest] => $"extra_F.{string.Join('.', rest)}",
                ["aggregate", "query", var rest] => $"Q.{rest}",
                ["aggregate", "key", var rest] => $"K.{rest}",
                ["aggregate", "value", var rest] => $"V.{rest}",
                ["aggregate", "gathered", var rest] => $"aggre.{rest}",
                ["aggregate", "fuse", var rest] => $"concat_project.{rest}",
                _ => throw new InvalidOperationException(name),
            };
            bool linear = to is "K.weight" or "V.weight";
            yield return (prefix + to, linear ? value.Detach().Reshape(value.Size(0), value.Size(1)) : value.Detach());
        }
        var (centres, _) = model.Aggregation!.Prototypes();
        for (int l = 0; l < 3; l++) yield return ($"{prefix}cluter{l}", centres.Narrow(0, l, 1).Squeeze(0).Contiguous());
        yield return ($"{prefix}queue0", Tensor.Zeros([4, 4]));
        yield return ($"{prefix}extra_F.0.bias", Tensor.Full([model.Channels], 0.5));
        yield return ("optimizer.state.0.momentum_buffer", Tensor.Zeros([4, 4]));
    }
}
