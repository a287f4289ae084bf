using System.Globalization;
using Rca.Imaging.Crf;

namespace Rca.Text;

/// <summary>Collects all values that are out of range, so that a user can correct them together.</summary>
internal sealed class RangeCheck
{
    private readonly List<string> _mistakes = [];

    public void Within(string name, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
            _mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; expected {low} to {high}"));
    }

    public void BackgroundWeight(double weight) => Within("background weight", weight, 0.01, 100);

    public void Within(DenseCrfOptions crf)
    {
        Within("CRF iterations", crf.Iterations, 0, 1000);
        Within("CRF Gaussian sxy", crf.GaussianSxy, 0.01, 10_000);
        Within("CRF Gaussian weight", crf.GaussianWeight, 0, 10_000);
        Within("CRF bilateral sxy", crf.BilateralSxy, 0.01, 10_000);
        Within("CRF bilateral srgb", crf.BilateralSrgb, 0.01, 10_000);
        Within("CRF bilateral weight", crf.BilateralWeight, 0, 10_000);
    }

    public void OneOf<T>(string name, T value, IReadOnlyList<T> known)
    {
        if (!known.Contains(value)) _mistakes.Add($"{name} is '{value}'; expected {string.Join(" or ", known)}");
    }

    public void Refuse(string mistake) => _mistakes.Add(mistake);

    public void ThrowIfAny(string heading)
    {
        if (_mistakes.Count > 0) throw new RcaException($"{heading}:{string.Concat(_mistakes.Select(static m => $"\n  {m}"))}");
    }
}
