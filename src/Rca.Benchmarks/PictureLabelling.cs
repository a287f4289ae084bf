using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Data.Voc;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Labelling;
using Rca.Torch;

namespace Rca.Benchmarks;

/// <summary>A picture labelled by the paper's network, from its file to that of its pseudo label.</summary>
internal sealed class PictureLabelling : IDisposable
{
    private readonly ClassificationModel _model;
    private readonly ActivationMapper _mapper;
    private readonly PseudoLabeller _labeller;
    private readonly TaggedImage _image;
    private readonly string _target;

    /// <summary>Makes the network.</summary>
    public PictureLabelling(BenchmarkData data, BenchmarkSettings settings, Compute compute)
    {
        TorchRuntime.Seed(1);
        _model = new ClassificationModel(VocClasses.Names.Count, settings.Published);
        compute.For(_model.Backbone.Description?.SavesProducts).Place(_model);
        _mapper = new ActivationMapper(_model, settings.Published.Size, settings.Labelling, compute);
        _labeller = new PseudoLabeller(settings.Labelling);
        (_image, _target) = (data.Images(1)[0], Path.Combine(data.Folder, "label.png"));
    }

    /// <summary>Device and precision.</summary>
    public string Compute => _mapper.Compute.ToString();

    /// <summary>Labels it.</summary>
    /// <returns>Seconds in all, those of the network, and those of reading, CRF and writing.</returns>
    public double[] Label()
    {
        Picture? picture = null;
        ActivationMap? map = null;
        double reading = Meter.Seconds(() => picture = PictureFile.ReadRgb(_image.Path));
        double network = Meter.Seconds(() => map = _mapper.Map([picture!], [_image.Tags])[0]);
        double rest = reading + Meter.Seconds(() => LabelFile.Write(_target, _labeller.Label(picture!, map!)));
        return [network + rest, network, rest];
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
