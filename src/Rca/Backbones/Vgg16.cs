using Rca.Torch;

namespace Rca.Backbones;

/// <summary>
/// VGG16 (Simonyan and Zisserman, 2015) without its classifier. At output stride 8 it has the layout "D1": the fourth max-pool keeps the grid,
/// the convolutions behind it are dilated by 2, and the fifth max-pool is left out. Weight names are torchvision's.
/// </summary>
public sealed class Vgg16 : Backbone
{
    private static readonly (int Channels, int Convolutions)[] Stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

    /// <summary>Makes the network with fresh weights.</summary>
    /// <param name="width">Factor on the channels of every layer.</param>
    /// <param name="outputStride">8; 16 without dilation; or 32 for the network with all max-pools.</param>
    public Vgg16(double width, int outputStride)
    {
        var features = Child("features", new Features());
        int index = 0, channels = 3, gridStride = 1, dilation = 1;
        foreach (var (planes, convolutions) in Stages)
        {
            int outputs = Scale(planes, width);
            var layers = new List<Func<Tensor, Tensor>>();
            for (int k = 0; k < convolutions; k++)
            {
                Conv2d conv = features.Add(index, new Conv2d(channels, outputs, kernel: 3, dilation: dilation, relu: true));
                layers.Add(conv.Forward);
                channels = outputs;
                index += 2; // torchvision counts the ReLU
            }
            index++; // and the max-pool
            if (gridStride < outputStride)
            {
                gridStride *= 2;
                // Cut-off windows count, as in the ResNets: the grid covers the whole picture, however small.
                layers.Add(static x => x.MaxPool2d(size: 2, stride: 2, ceil: true));
                Then(x => RowBands.Pass(x, outputs, convolutions, y => Chain(layers, y)));
            }
            else
            {
                foreach (var layer in layers) Then(layer);
                if (dilation == 1 && gridStride == 8)
                {
                    dilation = 2;
                    Then(static x => x.MaxPool2d(size: 3, stride: 1, padding: 1));
                }
            }
            EndStage();
        }
        Channels = channels;
    }

    /// <summary>A list of layers, those with weights numbered among the others.</summary>
    private sealed class Features : Module
    {
        public Conv2d Add(int index, Conv2d conv) => Child($"{index}", conv);
    }
}
