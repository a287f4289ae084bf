namespace Rca.Torch;

/// <summary>Drops whole channels in training (Tompson et al., 2015); neighbouring positions are too alike for dropping single ones.</summary>
/// <param name="p">Probability of a channel to be dropped.</param>
public sealed class Dropout2d(double p) : Module
{
    /// <summary>(B, C, H, W) → the same.</summary>
    public Tensor Forward(Tensor x) => x.Dropout2d(p, Training);
}
