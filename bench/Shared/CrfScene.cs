using System.Runtime.InteropServices;
using Rca.Imaging;

namespace Rca.Bench;

/// <summary>What bench/python/densecrf.py reads.</summary>
internal static class CrfScene
{
    public static void Write(string folder, (Picture Picture, float[] Probabilities) scene)
    {
        File.WriteAllBytes(Path.Combine(folder, "picture.raw"), scene.Picture.Pixels);
        File.WriteAllBytes(Path.Combine(folder, "probabilities.raw"), MemoryMarshal.AsBytes<float>(scene.Probabilities));
    }
}
