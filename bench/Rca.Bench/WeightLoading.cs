using Rca.Torch;

namespace Rca.Bench;

/// <summary>The time to read VGG16's 528 MiB here and in Python's torch, in turns, every element touched.</summary>
internal static class WeightLoading
{
    private const int Rounds = 5;

    public static void Run(PythonPeer peer)
    {
        using var folder = new TemporaryFolder();
        peer.Run("write", folder.Path);
        Turns.Header("median of reading");
        foreach (string path in Directory.GetFiles(folder.Path).Order())
        {
            var (here, there) = Turns.Medians(Rounds, () => Turns.Seconds(() => Load(path)), () => peer.Run("load", path)[0]);
            Turns.Row(Path.GetFileName(path), here, there);
        }
    }

    private static void Load(string path)
    {
        using var scope = new TensorScope();
        using WeightFile file = WeightFile.Read(path);
        foreach (Tensor tensor in file.Tensors.Values) tensor.Sum().Item();
    }
}
