using Rca.Torch;

namespace Rca.Classification;

/// <summary>
/// Semantic contrast (section 3.2): mixed regions of the batch against all keys of the memory, as one product of regions and entries.
/// </summary>
public static class SemanticContrast
{
    private const double Excluded = -1e9; // as a logit: e^-1e9 is zero, and its gradient too

    /// <summary>Which regions are mixed, and how much.</summary>
    /// <param name="Partners">l', the region mixed into each region.</param>
    /// <param name="Weights">w, the share of the region itself.</param>
    public readonly record struct Mixing(int[] Partners, float[] Weights);

    /// <summary>
    /// Draws a partner for each region from another picture, and w ~ Beta(n, n). A region without any partner stays unmixed.
    /// </summary>
    /// <param name="regions">The regions of the batch.</param>
    /// <param name="concentration">n.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="anyClass">Takes partners of any class; else of another class, where the batch has one.</param>
    public static Mixing Draw(Regions regions, int concentration, Random random, bool anyClass = false)
    {
        var partners = new int[regions.Count];
        var weights = new float[regions.Count];
        for (int r = 0; r < regions.Count; r++)
        {
            int[] elsewhere = [.. Enumerable.Range(0, regions.Count).Where(q => regions.Pictures[q] != regions.Pictures[r])];
            int[] otherClass = anyClass ? [] : [.. elsewhere.Where(q => regions.Classes[q] != regions.Classes[r])];
            int[] choice = otherClass.Length > 0 ? otherClass : elsewhere;
            (partners[r], weights[r]) = choice.Length > 0 ? (choice[random.Next(choice.Length)], DrawBeta(concentration, random)) : (r, 1);
        }
        return new Mixing(partners, weights);
    }

    /// <summary>
    /// The loss: for each mixed region ĝ = w·g_l + (1-w)·g_l' the terms w·NCE(ĝ, l) + (1-w)·NCE(ĝ, l'), averaged over the regions of a
    /// picture and then over pictures, or summed over them.
    /// </summary>
    /// <param name="queries">g, (R, D): the projected regions.</param>
    /// <param name="regions">The regions.</param>
    /// <param name="mixing">Partners and weights.</param>
    /// <param name="keys">Keys of the memory, (E, D), of length 1.</param>
    /// <param name="keyClasses">Their classes, (E).</param>
    /// <param name="temperature">τ.</param>
    /// <param name="sum">Sums over pictures.</param>
    public static Tensor Loss(Tensor queries, Regions regions, in Mixing mixing, Tensor keys, Tensor keyClasses, double temperature, bool sum = false)
    {
        Device device = queries.Device;
        int count = regions.Count;
        Tensor partners = Tensor.From<long>([.. mixing.Partners.Select(static q => (long)q)], count).To(device);
        Tensor own = Tensor.From<long>([.. regions.Classes.Select(static l => (long)l)], count).To(device);
        Tensor w = Tensor.From(mixing.Weights, count).To(device), rest = 1.0 - w; // (R)
        Tensor mixed = queries * w.Unsqueeze(1) + queries.IndexSelect(0, partners) * rest.Unsqueeze(1);
        Tensor logits = mixed.Normalize(1).Matmul(keys.Transpose(0, 1)) * (1 / temperature); // (R, E)
        Tensor nce = w * ContrastiveError(logits, own, keyClasses) + rest * ContrastiveError(logits, own.IndexSelect(0, partners), keyClasses);
        return (nce * PictureMean(regions, sum).To(device)).Sum();
    }

    /// <summary>
    /// NCE(ĝ, c) of each region: the mean over positives k+ of -log(e^k+ / (e^k+ + Σ e^k-)) = log(1 + e^(log Σ e^k- - k+)).
    /// Classes without a key contribute nothing.
    /// </summary>
    private static Tensor ContrastiveError(Tensor logits, Tensor targets, Tensor keyClasses)
    {
        Tensor positive = targets.Unsqueeze(1).EqualTo(keyClasses.Unsqueeze(0)); // (R, E)
        Tensor negatives = logits.MaskedFill(positive, Excluded).LogSumExp(1).Unsqueeze(1); // (R, 1)
        Tensor weights = positive.To(DType.Float32); // (R, E)
        return ((negatives - logits).Softplus() * weights).Sum(1) / weights.Sum(1).ClampMin(1);
    }

    /// <summary>(R): 1 / (regions of the region's picture · pictures with regions), or for a sum without the second factor.</summary>
    private static Tensor PictureMean(Regions regions, bool sum)
    {
        var counts = regions.Pictures.CountBy(static picture => picture).ToDictionary();
        int pictures = sum ? 1 : counts.Count;
        return Tensor.From<float>([.. regions.Pictures.Select(picture => 1f / (counts[picture] * pictures))], regions.Count);
    }

    /// <summary>Beta(n, n) is the distribution of the middle one of 2n - 1 even draws.</summary>
    private static float DrawBeta(int n, Random random)
    {
        var draws = new double[2 * n - 1];
        for (int i = 0; i < draws.Length; i++) draws[i] = random.NextDouble();
        Array.Sort(draws);
        return (float)draws[n - 1];
    }
}
