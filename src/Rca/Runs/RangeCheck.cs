using System.Globalization;

namespace Rca.Runs;

/// <summary>Gathers all values that are out of range, so that a user mends them at once.</summary>
internal sealed class RangeCheck
{
    private readonly List<string> _mistakes = [];

    public void Within(string name, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
            _mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; expected {low} to {high}"));
    }

    public void OneOf<T>(string name, T value, IReadOnlyList<T> known)
    {
        if (!known.Contains(value)) _mistakes.Add($"{name} is '{value}'; expected {string.Join(" or ", known)}");
    }

    public void ThrowIfAny(string heading)
    {
        if (_mistakes.Count > 0) throw new RcaException($"{heading}:{string.Concat(_mistakes.Select(static m => $"\n  {m}"))}");
    }
}
