using System.Text;
using Rca.Torch;

namespace Rca.Tests.Backbones;

/// <summary>The weights of golden/make_golden.py: splitmix64 from an FNV-1a hash of the name.</summary>
internal static class ReferenceWeights
{
    public static Tensor Make(string name, params long[] shape)
    {
        double scale = Math.Sqrt(6.0 / shape.Skip(1).Aggregate(1L, static (a, b) => a * b));
        Func<double, double> rule =
            name.EndsWith(".weight", StringComparison.Ordinal) && shape.Length > 1 ? v => v * scale
            : name.EndsWith(".weight", StringComparison.Ordinal) ? static v => 1 + 0.1 * v
            : name.EndsWith(".bias", StringComparison.Ordinal) ? static v => 0.05 * v
            : name.EndsWith(".running_mean", StringComparison.Ordinal) ? static v => 0.1 * v
            : name.EndsWith(".running_var", StringComparison.Ordinal) ? static v => 1 + 0.4 * v
            : static v => 2 * v;
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        var values = new float[shape.Aggregate(1L, static (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = hash + ((ulong)i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)rule(2 * ((z >> 11) * Math.Pow(2, -53)) - 1);
        }
        return Tensor.From(values, shape);
    }
}
