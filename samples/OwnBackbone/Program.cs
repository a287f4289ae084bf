// Trains a classification network on a backbone of its own: OwnBackbone DATA RUN
using Rca.Backbones;
using Rca.Classification;
using Rca.Computing;
using Rca.Data.Loading;
using Rca.Torch;
using Rca.Training;

Backbone.Add(new BackboneDescription("patches", Depths: [1], Channels: 32, static (_, _) => new Patches()) { OutputStrides = [16], PictureMultiple = 16 });
var options = new ClassificationOptions { Backbone = "patches", OutputStride = 16, Size = 64, Epochs = 1, BatchSize = 4 };
TrainingResult result = ClassificationRun.Train(DatasetReader.Load(args[0]), new RunFolder(args[1]), options, new Compute());
Console.WriteLine($"Loss {result.FinalLoss:F2} after {result.Epochs} epoch; the run is in {args[1]}.");

/// <summary>Each patch of 16 × 16 pixels becomes 32 features.</summary>
internal sealed class Patches : Backbone
{
    public Patches()
    {
        Channels = 32;
        Conv2d patches = Child("conv", new Conv2d(inputs: 3, outputs: 32, kernel: 15, stride: 16, relu: true));
        Then(patches.Forward);
        EndStage();
    }
}
