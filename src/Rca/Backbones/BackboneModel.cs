using Rca.Torch;

namespace Rca.Backbones;

/// <summary>A network of a backbone, which makes the features, and of what comes behind it.</summary>
public abstract class BackboneModel : Module
{
    private protected BackboneModel(Backbone backbone) => Backbone = Child("backbone", backbone);

    /// <summary>The backbone, which makes the features.</summary>
    public Backbone Backbone { get; }
}
