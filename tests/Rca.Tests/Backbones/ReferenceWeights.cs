using System.Text;
using Rca.Torch;

namespace Rca.Tests.Backbones;

/// <summary>
/// The weights and pictures behind the golden files, which are too many to store: splitmix64 from an FNV-1a hash of the public name,
/// scaled by what the name says. golden/make_golden.py makes the same ones.
/// </summary>
internal static class ReferenceWeights
{
    /// <summary>Fills all weights and buffers of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="publicName">The public name of a weight; its own where left out.</param>
    public static void Fill(Module module, Func<string, string>? publicName = null)
    {
        using var noGrad = new NoGrad();
        foreach (var (name, value) in module.State())
        {
            using Tensor made = Make(publicName?.Invoke(name) ?? name, value.Shape);
            value.Copy_(made);
        }
    }

    /// <summary>Makes one tensor.</summary>
    public static Tensor Make(string name, params long[] shape)
    {
        var (offset, scale) =
            name.EndsWith(".weight", StringComparison.Ordinal) && shape.Length > 1 ? (0, Math.Sqrt(6.0 / shape.Skip(1).Aggregate(1L, static (a, b) => a * b)))
            : name.EndsWith(".weight", StringComparison.Ordinal) ? (1, 0.1)
            : name.EndsWith(".bias", StringComparison.Ordinal) ? (0, 0.05)
            : name.EndsWith(".running_mean", StringComparison.Ordinal) ? (0, 0.1)
            : name.EndsWith(".running_var", StringComparison.Ordinal) ? (1, 0.4)
            : name.StartsWith("cluter", StringComparison.Ordinal) ? (0, 0.1)
            : (0, 2.0);
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        var values = new float[shape.Aggregate(1L, static (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = hash + ((ulong)i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(offset + scale * (2 * ((z >> 11) * (1.0 / (1L << 53))) - 1));
        }
        return Tensor.From(values, shape);
    }
}
