namespace Rca.Imaging.Crf;

/// <summary>Parameters of <see cref="DenseCrf"/>. A kernel whose weight is 0 is switched off.</summary>
public sealed record DenseCrfOptions
{
    /// <summary>Mean-field iterations, at least 0; 0 returns the starting point. Default 10.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>Standard deviation of the Gaussian (smoothness) kernel in pixels, above 0. Default 3.</summary>
    public float GaussianSxy { get; init; } = 3;

    /// <summary>Potts weight of the Gaussian kernel, at least 0. Default 3.</summary>
    public float GaussianWeight { get; init; } = 3;

    /// <summary>Standard deviation of the bilateral (appearance) kernel in pixels, above 0. Default 80.</summary>
    public float BilateralSxy { get; init; } = 80;

    /// <summary>Standard deviation of the bilateral kernel in colour, on the scale 0 to 255, above 0. Default 13.</summary>
    public float BilateralSrgb { get; init; } = 13;

    /// <summary>Potts weight of the bilateral kernel, at least 0. Default 10.</summary>
    public float BilateralWeight { get; init; } = 10;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Iterations);
        CheckPositive(GaussianSxy, nameof(GaussianSxy));
        CheckPositive(BilateralSxy, nameof(BilateralSxy));
        CheckPositive(BilateralSrgb, nameof(BilateralSrgb));
        CheckWeight(GaussianWeight, nameof(GaussianWeight));
        CheckWeight(BilateralWeight, nameof(BilateralWeight));
    }

    private static void CheckPositive(float value, string name)
    {
        if (!float.IsFinite(value) || value <= 0)
            throw new ArgumentOutOfRangeException(name, value, "A standard deviation is finite and above 0.");
    }

    private static void CheckWeight(float value, string name)
    {
        if (!float.IsFinite(value) || value < 0)
            throw new ArgumentOutOfRangeException(name, value, "A weight is finite and at least 0; 0 switches the kernel off.");
    }
}
