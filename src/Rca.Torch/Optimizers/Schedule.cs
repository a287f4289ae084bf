namespace Rca.Torch;

/// <summary>How the learning rate changes over a run: a factor, 0 to 1, for what is done of it.</summary>
public static class Schedule
{
    /// <summary>(1 - progress)^power, the polynomial schedule of DeepLab.</summary>
    public static double Polynomial(double progress, double power = 0.9) => Math.Pow(Math.Clamp(1 - progress, 0, 1), power);

    /// <summary>A linear rise over the first <paramref name="warmUp"/> of the run, then half a cosine down to zero.</summary>
    public static double WarmUpCosine(double progress, double warmUp = 0.1) =>
        progress < warmUp ? progress / warmUp : 0.5 * (1 + Math.Cos(Math.PI * Math.Clamp((progress - warmUp) / (1 - warmUp), 0, 1)));

    /// <summary>A tenth for each of <paramref name="steps"/> that is reached.</summary>
    /// <param name="done">Epochs done.</param>
    /// <param name="steps">Epochs at whose start the rate falls.</param>
    public static double Steps(double done, IReadOnlyList<int> steps) => Math.Pow(0.1, steps.Count(step => done >= step));
}
