using Rca.Classification;
using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Labelling;
using Rca.Progress;
using Rca.Torch;

namespace Rca.Tests.Labelling;

public sealed class LabellingRunTests : SingleThread
{
    private static readonly LabellingOptions Options = new() { Scales = [1], Flip = false };

    [Fact]
    public void EveryReadablePictureGetsALabelMapOfItsSize()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 40);
        PictureFile.WritePng(data.Images[1].Path, new Picture(50, 30, 3));
        File.WriteAllText(data.Images[2].Path, "no picture");
        LabellingResult result = Label(folder, data, new LabellingFolders());
        Assert.Equal(3, result.Pictures);
        Assert.Equal(["0.png", "1.png", "3.png"], Directory.GetFiles(folder.At("out"), "*.png").Select(Path.GetFileName).Order());
        Assert.Equal((50, 30), Size(folder.At("out/1.png")));
        Assert.Equal((40, 40), Size(folder.At("out/0.png")));
        Assert.Contains(data.Images[2].Path, result.Unreadable.Keys);
        Assert.NotNull(result.Labels); // judged by the masks of the others
        Assert.Equal(["0.png", "1.png", "3.png"], result.Outcomes.Select(static outcome => outcome.Image.Name));
        Assert.Equal([true, false, true], result.Outcomes.Select(static outcome => outcome.Iou is not null)); // the second one's mask has another size
        Assert.All(result.Outcomes, static outcome => Assert.Equal(1, outcome.Ignored + outcome.Shares.Sum(static share => share.Share), 5));
        Assert.All(result.Outcomes, static outcome => Assert.InRange(outcome.Doubt, 0, 1 - 1.0 / (outcome.Image.Tags.Count + 1)));
    }

    [Fact]
    public void ATrueMaskThatDoesNotFitIsNamedAndLeftOut()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        LabelFile.Write(data.Images[0].MaskPath!, new LabelMap(32, 32, [.. Enumerable.Repeat((ushort)200, 32 * 32)]));
        LabellingResult result = Label(folder, data, new LabellingFolders());
        Assert.Equal(3, result.Pictures);
        Assert.Contains("has label 200", Assert.Single(result.Unreadable).Value);
        Assert.Equal(2, result.Labels!.Images);
    }

    [Fact]
    public void PicturesWithoutSaliencyAreNamedAndLabelledAllTheSame()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        Directory.CreateDirectory(folder.At("saliency"));
        PictureFile.WritePng(folder.At("saliency/0.png"), Grey(16, 16, 1)); // another size is resized
        File.WriteAllText(folder.At("saliency/1.png"), "no picture");
        LabellingResult result = Label(folder, data, new LabellingFolders(Saliency: folder.At("saliency")));
        Assert.Equal(3, result.Pictures);
        Assert.Equal(["1.png", "2.png"], result.WithoutSaliency);
        Assert.Equal(folder.At("saliency/1.png"), Assert.Single(result.Unreadable).Key);
        Assert.Contains("saliency", Assert.Throws<RcaException>(() => Label(folder, data, new LabellingFolders(Saliency: folder.At("nowhere")))).Message);
    }

    [Fact]
    public void MissingSaliencyStopsWhereAskedTo()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        Directory.CreateDirectory(folder.At("saliency"));
        var folders = new LabellingFolders(Saliency: folder.At("saliency"));
        string none = Assert.Throws<RcaException>(() => Label(folder, data, folders)).Message; // surely the wrong folder
        Assert.Contains($"no saliency map for 3 of 3 images: 0.png, 1.png, 2.png. Expected grey PNGs at the images' paths, as in {folder.At("saliency/0.png")}", none);

        PictureFile.WritePng(folder.At("saliency/0.png"), Grey(16, 16, 1));
        File.CreateSymbolicLink(folder.At("saliency/1.png"), folder.At("images/1.png"));
        string some = Assert.Throws<RcaException>(() => Label(folder, data, folders, Options with { MissingSaliency = MissingSaliency.Stop })).Message;
        Assert.Contains("no saliency map for 2 of 3 images: 1.png, 2.png", some);
        Assert.Contains("links out of the folder are not followed", some);
        Assert.False(Directory.Exists(folder.At("out")));

        File.Delete(folder.At("saliency/1.png"));
        File.WriteAllText(folder.At("saliency/1.png"), "no picture");
        PictureFile.WritePng(folder.At("saliency/2.png"), Grey(3, 90, 3)); // any size, colours become grey
        Assert.Throws<PictureException>(() => Label(folder, data, folders, Options with { MissingSaliency = MissingSaliency.Stop }));
        PictureFile.WritePng(folder.At("saliency/1.png"), new Picture(1, 1, 1));
        Assert.Empty(Label(folder, data, folders, Options with { MissingSaliency = MissingSaliency.Stop }).WithoutSaliency);
    }

    [Fact]
    public void BackgroundIsLearntOnceAndAStoppedRunGoesOnWithIt()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 70, 32);
        File.WriteAllText(data.Images[2].Path, "no picture");
        LabellingOptions options = Options with { Background = new() { Pictures = 8 }, Crf = null };
        using ClassificationModel model = Model();
        using var stop = new CancellationTokenSource();
        var stages = new List<StageProgress>();

        LabellingResult whole = Run("whole", null, TestContext.Current.CancellationToken);
        // Labels of the first 64 pictures are on record.
        Assert.Throws<OperationCanceledException>(() => Run("stopped", new Listener(progress => { if (progress.Done == 2 * 8 + 64) stop.Cancel(); }), stop.Token));
        string learnt = folder.At("stopped/background.safetensors");
        DateTime written = File.GetLastWriteTimeUtc(learnt);
        LabellingResult resumed = Run("stopped", new Listener(stages.Add), TestContext.Current.CancellationToken);

        Assert.Equal(69, resumed.Pictures);
        Assert.Equal(written, File.GetLastWriteTimeUtc(learnt));
        Assert.All(stages, static progress => Assert.Equal(70, progress.Total)); // nothing is learnt anew
        Assert.Equal(File.ReadAllBytes(folder.At("whole/background.safetensors")), File.ReadAllBytes(learnt));
        foreach (string mask in Directory.GetFiles(folder.At("whole"), "*.png")) Assert.Equal(File.ReadAllBytes(mask), File.ReadAllBytes(folder.At($"stopped/{Path.GetFileName(mask)}")));
        Assert.Equal(whole.Labels!.MeanIou, resumed.Labels!.MeanIou);

        LabellingResult Run(string output, IProgress<StageProgress>? progress, CancellationToken cancellation) =>
            new LabellingRun(TinyRuns.Classifier(model, data.Classes, Fp32), options, new LabellingFolders()).Run(data.Images, folder.At(output), progress, cancellation, "the same");
    }

    [Fact]
    public void ADamagedOrOtherBackgroundIsLearntAnew()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 4, 32);
        string path = folder.At("out/background.safetensors");
        using ClassificationModel model = Model();
        Run("one");
        byte[] learnt = File.ReadAllBytes(path);
        Run("two"); // from something else, into the same folder
        Assert.NotEqual(learnt, File.ReadAllBytes(path));
        File.WriteAllText(path, "damaged");
        Run("one");
        Assert.Equal(learnt, File.ReadAllBytes(path));
        Assert.Null(LabellingRun.ReadBackground(folder.At("out"), "two", Torch.Device.Cpu));

        void Run(string madeFrom) => new LabellingRun(TinyRuns.Classifier(model, data.Classes, Fp32), Options with { Background = new() }, new LabellingFolders())
            .Run(data.Images, folder.At("out"), null, TestContext.Current.CancellationToken, madeFrom);
    }

    [Fact]
    public void WhereAllIsIgnoredNothingIsLearntAndNoHandleStays()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        using ClassificationModel model = Model();
        // Saliency of nothing: less than 1 % foreground everywhere.
        foreach (TaggedImage image in data.Images) { Directory.CreateDirectory(folder.At("saliency")); PictureFile.WritePng(folder.At($"saliency/{image.Name}"), Grey(32, 32, 1)); }
        LabellingOptions options = Options with { Background = new() };
        var run = new LabellingRun(TinyRuns.Classifier(model, data.Classes, Fp32), options, new LabellingFolders(Saliency: folder.At("saliency")));
        run.Run(data.Images, folder.At("out"), null, TestContext.Current.CancellationToken);
        long start = LiveHandles();
        LabellingResult result = run.Run(data.Images, folder.At("again"), null, TestContext.Current.CancellationToken, "the same");
        Assert.Equal(start, Torch.Tensor.LiveHandles);
        Assert.All(result.Outcomes, static outcome => Assert.Equal(1, outcome.Ignored));
        Assert.False(File.Exists(folder.At("again/background.safetensors")));

        using var stop = new CancellationTokenSource();
        var learning = new LabellingRun(TinyRuns.Classifier(model, data.Classes, Fp32), options, new LabellingFolders());
        Assert.Throws<OperationCanceledException>(() => learning.Run(data.Images, folder.At("stopped"), new Listener(progress => { if (progress.Done == 6) stop.Cancel(); }), stop.Token));
        Assert.Equal(start, LiveHandles());
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsATypedError()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        folder.Text("out", "a file where the folder should be");
        Assert.Contains("Nothing can be written into", Assert.Throws<RcaException>(() => Label(folder, data, new LabellingFolders())).Message);
    }

    [Fact]
    public void WrongSettingsAreListedAtOnce()
    {
        var e = Assert.Throws<RcaException>(() => (Options with { Scales = [1, 9], Alpha = double.NaN }).Validate());
        Assert.Contains("scale is 9; expected 0.1 to 4", e.Message);
        Assert.Contains("alpha is NaN", e.Message);
        e = Assert.Throws<RcaException>(() => (Options with { Maps = MapKind.Accumulated, Background = new() { Rounds = 0, Weight = 0, Pictures = 0, Crf = new() { BilateralSxy = 0 } } }).Validate());
        foreach (string mistake in (string[])["background rounds is 0; expected 1 to 9", "background weight is 0", "background pictures is 0", "CRF bilateral sxy is 0", "maps=final or background=null"])
            Assert.Contains(mistake, e.Message);
        e = Assert.Throws<RcaException>(() => new ClassificationOptions { Backbone = "vgg", Epochs = 0, ScaleMin = 2, ScaleMax = 1 }.Validate());
        Assert.Equal(4, e.Message.Split('\n').Length); // a heading and three mistakes
    }

    /// <summary>Files of 0 and 1, where 0 and 255 are meant, would make every picture ignored.</summary>
    [Fact]
    public void SaliencyThatSaysNothingIsRefused()
    {
        using var folder = new TemporaryFolder();
        TaggedDataset data = ShapeScenes.Write(folder, 3, 32);
        Directory.CreateDirectory(folder.At("saliency"));
        foreach (TaggedImage image in data.Images) PictureFile.WritePng(folder.At($"saliency/{image.Name}"), Grey(32, 32, 1, 1));
        Assert.Contains("None of 3 saliency maps", Assert.Throws<RcaException>(() => Label(folder, data, new LabellingFolders(Saliency: folder.At("saliency")))).Message);
        Assert.False(Directory.Exists(folder.At("out")));
        PictureFile.WritePng(folder.At("saliency/2.png"), Grey(32, 32, 1, 255));
        Assert.Equal(3, Label(folder, data, new LabellingFolders(Saliency: folder.At("saliency"))).Pictures);
    }

    /// <summary>A network with random weights, the same in every run.</summary>
    private static ClassificationModel Model()
    {
        TorchRuntime.Seed(1);
        return new ClassificationModel(3, TinyRuns.Classification);
    }

    /// <summary>Dark by default: nothing is salient, but the map is one of 0 to 255.</summary>
    private static Picture Grey(int width, int height, int channels, byte value = 2)
    {
        var picture = new Picture(width, height, channels);
        Array.Fill(picture.Pixels, value);
        return picture;
    }

    private LabellingResult Label(TemporaryFolder folder, TaggedDataset data, LabellingFolders folders, LabellingOptions? options = null)
    {
        using ClassificationModel model = Model();
        return new LabellingRun(TinyRuns.Classifier(model, data.Classes, Fp32), options ?? Options, folders).Run(data.Images, folder.At("out"), null, TestContext.Current.CancellationToken);
    }

    private static (int, int) Size(string path)
    {
        LabelMap map = LabelFile.Read(path);
        return (map.Width, map.Height);
    }
}
