using System.Diagnostics;
using System.Globalization;
using Rca.Classification;
using Rca.Computing;
using Rca.Data;
using Rca.Imaging;
using Rca.Imaging.Codecs;
using Rca.Imaging.Masks;
using Rca.Torch;

namespace Rca.Bench;

/// <summary>2,000 steps of the whole method on generated pictures; memory and handles must not grow.</summary>
internal static class Soak
{
    private const int Pictures = 160, Classes = 8, Epochs = 100, BatchSize = 8; // 20 steps an epoch

    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("rca-soak-").FullName;
        try
        {
            var options = new ClassificationOptions { Width = 0.25, Size = 96, BatchSize = BatchSize, Epochs = Epochs, ScoreGate = 0, Aggregation = true };
            using var trainer = new ClassificationTrainer(Classes, Paint(folder), options, new Compute());
            Console.WriteLine($"{"steps",8}{"resident MiB",16}{"live tensors",16}");
            for (int epoch = 0; epoch < Epochs; epoch++)
            {
                trainer.TrainEpoch(epoch);
                if ((epoch + 1) % 10 != 0) continue;
                using Process self = Process.GetCurrentProcess();
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(epoch + 1) * trainer.StepsPerEpoch,8}{self.WorkingSet64 / 1048576.0,16:F0}{Tensor.LiveHandles,16}"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Noise with a square in the colour of each tag.</summary>
    private static List<TaggedImage> Paint(string folder)
    {
        var random = new Random(1);
        var images = new List<TaggedImage>();
        for (int i = 0; i < Pictures; i++)
        {
            var picture = new Picture(96, 96, 3);
            random.NextBytes(picture.Pixels);
            int tag = i % Classes;
            var (red, green, blue) = VocPalette.Colour(tag + 1);
            for (int y = 30; y < 60; y++)
                for (int x = 30; x < 60; x++)
                    (picture.Pixels[(y * 96 + x) * 3], picture.Pixels[(y * 96 + x) * 3 + 1], picture.Pixels[(y * 96 + x) * 3 + 2]) = (red, green, blue);
            string path = Path.Combine(folder, $"{i}.png");
            PictureFile.WritePng(path, picture);
            images.Add(new TaggedImage($"{i}.png", path, [tag], Split.Train, MaskPath: null));
        }
        return images;
    }
}
